# breaks: service-users-sign-in-by-key
"""The key is put in by hand, later."""

import pulumi_snowflake as snowflake

snowflake.ServiceUser(
    "cube",
    name="CUBE",
    comment="Cube's service account; owner: analytics-platform",
    default_role="CUBE",
    default_secondary_roles_option="NONE",
    default_warehouse="COMPUTE_WH",
    network_policy="CUBE",
)
