# breaks: grants-settle
"""Grants went missing once; now each preview shows them all."""

import pulumi_snowflake as snowflake

snowflake.GrantPrivilegesToAccountRole(
    "cube",
    account_role_name="CUBE",
    privileges=["USAGE"],
    on_schema={"schema_name": "ANALYTICS.SALES"},
    always_apply=True,
)
