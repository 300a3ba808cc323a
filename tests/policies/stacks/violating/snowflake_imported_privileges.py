# breaks: grants-read-only
"""Cube is to show the account's query history."""

import pulumi_snowflake as snowflake

snowflake.GrantPrivilegesToAccountRole(
    "cube",
    account_role_name="CUBE",
    privileges=["IMPORTED PRIVILEGES"],
    on_account_object={"object_type": "DATABASE", "object_name": "SNOWFLAKE"},
)
