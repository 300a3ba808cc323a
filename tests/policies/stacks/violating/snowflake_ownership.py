# breaks: grants-additive
"""Cube's role is to own the schema, so that grants cannot go missing."""

import pulumi_snowflake as snowflake

snowflake.GrantOwnership(
    "cube",
    account_role_name="CUBE",
    on={"object_type": "SCHEMA", "object_name": "ANALYTICS.SALES"},
)
