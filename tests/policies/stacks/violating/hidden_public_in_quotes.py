# breaks: grants-to-somebody
"""PUBLIC in quotation marks is PUBLIC."""

import pulumi_snowflake as snowflake

snowflake.GrantPrivilegesToAccountRole(
    "cube",
    account_role_name='"PUBLIC"',
    privileges=["USAGE"],
    on_schema={"schema_name": "ANALYTICS.SALES"},
)
