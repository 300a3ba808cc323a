# breaks: grants-read-only
"""The role is about to be made, so its name is not known; the privileges are."""

import pulumi_snowflake as snowflake

schema = snowflake.Schema("cube", database="ANALYTICS", name="CUBE")
snowflake.GrantPrivilegesToAccountRole(
    "cube",
    account_role_name="CUBE",
    privileges=["SELECT", "DELETE"],
    on_schema_object={
        "all": {"object_type_plural": "TABLES", "in_schema": schema.fully_qualified_name}
    },
)
