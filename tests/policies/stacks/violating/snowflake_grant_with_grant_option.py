# breaks: grants-not-passed-on
"""The analysts' role is to pass on what Cube's role may read."""

import pulumi_snowflake as snowflake

snowflake.GrantPrivilegesToAccountRole(
    "cube",
    account_role_name="CUBE",
    privileges=["SELECT"],
    on_schema_object={"all": {"object_type_plural": "VIEWS", "in_schema": "ANALYTICS.SALES"}},
    with_grant_option=True,
)
