# breaks: grants-read-only
"""Cube gets a schema of its own to work in: CREATE TABLE by a database role."""

import pulumi_snowflake as snowflake

snowflake.GrantPrivilegesToDatabaseRole(
    "cube",
    database_role_name="ANALYTICS.CUBE",
    privileges=["USAGE", "CREATE TABLE"],
    on_schema={"schema_name": "ANALYTICS.SALES"},
)
