# breaks: grants-read-only
"""Cube is to write its pre-aggregations into the schema that it reads."""

import pulumi_snowflake as snowflake

snowflake.GrantPrivilegesToAccountRole(
    "cube",
    account_role_name="CUBE",
    privileges=["SELECT", "INSERT"],
    on_schema_object={"future": {"object_type_plural": "TABLES", "in_schema": "ANALYTICS.SALES"}},
)
