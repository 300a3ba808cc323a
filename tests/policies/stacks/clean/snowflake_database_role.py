# breaks: nothing
"""The same by a database role, which the account role is given."""

import pulumi_snowflake as snowflake

role = snowflake.AccountRole(
    "cube", name="CUBE", comment="What Cube may read; owner: analytics-platform"
)
reader = snowflake.DatabaseRole(
    "cube",
    name="CUBE",
    database="ANALYTICS",
    comment="What Cube may read; owner: analytics-platform",
)
snowflake.GrantPrivilegesToDatabaseRole(
    "schema",
    database_role_name=reader.fully_qualified_name,
    privileges=["USAGE"],
    on_schema={"schema_name": "ANALYTICS.SALES"},
)
snowflake.GrantPrivilegesToDatabaseRole(
    "tables",
    database_role_name=reader.fully_qualified_name,
    privileges=["SELECT"],
    on_schema_object={"all": {"object_type_plural": "TABLES", "in_schema": "ANALYTICS.SALES"}},
)
snowflake.GrantDatabaseRole(
    "cube", database_role_name=reader.fully_qualified_name, parent_role_name=role.name
)
