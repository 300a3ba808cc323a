# breaks: grants-read-only
"""The list is a secret, for no reason."""

import pulumi
import pulumi_snowflake as snowflake

snowflake.GrantPrivilegesToAccountRole(
    "cube",
    account_role_name="CUBE",
    privileges=pulumi.Output.secret(["SELECT", "TRUNCATE"]),
    on_schema_object={"all": {"object_type_plural": "TABLES", "in_schema": "ANALYTICS.SALES"}},
)
