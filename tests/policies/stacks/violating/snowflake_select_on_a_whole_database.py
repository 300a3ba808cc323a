# breaks: reads-schemas-only, in prod
"""Listing the schemas was tedious."""

import pulumi_snowflake as snowflake

snowflake.GrantPrivilegesToAccountRole(
    "cube",
    account_role_name="CUBE",
    privileges=["SELECT"],
    on_schema_object={"all": {"object_type_plural": "TABLES", "in_database": "ANALYTICS"}},
)
