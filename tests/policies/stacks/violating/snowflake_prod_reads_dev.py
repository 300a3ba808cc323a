# breaks: environments-apart, in prod
"""The new tables are in the development database only, so far."""

import pulumi_snowflake as snowflake

snowflake.GrantPrivilegesToAccountRole(
    "cube",
    account_role_name="CUBE",
    privileges=["USAGE"],
    on_schema={"schema_name": "ANALYTICS_DEV.SALES"},
)
