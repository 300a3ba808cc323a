# breaks: grants-to-somebody
"""Everybody should see the schema, not only Cube."""

import pulumi_snowflake as snowflake

snowflake.GrantPrivilegesToAccountRole(
    "everybody",
    account_role_name="PUBLIC",
    privileges=["USAGE"],
    on_schema={"schema_name": "ANALYTICS.SALES"},
)
