# breaks: grants-read-only
"""Two privileges in one string, of which the plugin makes SQL."""

import pulumi_snowflake as snowflake

snowflake.GrantPrivilegesToAccountRole(
    "cube",
    account_role_name="CUBE",
    privileges=["SELECT, INSERT"],
    on_schema_object={"all": {"object_type_plural": "TABLES", "in_schema": "ANALYTICS.SALES"}},
)
