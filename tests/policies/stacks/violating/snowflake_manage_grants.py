# breaks: grants-read-only
"""Cube's role is to look after its own grants."""

import pulumi_snowflake as snowflake

snowflake.GrantPrivilegesToAccountRole(
    "cube",
    account_role_name="CUBE",
    privileges=["MANAGE GRANTS"],
    on_account=True,
)
