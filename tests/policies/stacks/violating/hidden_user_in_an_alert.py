# breaks: statements-known
"""An alert that makes a user, in words that a search for CREATE USER does not find."""

import pulumi_snowflake as snowflake

snowflake.Alert(
    "cube",
    name="CUBE_USER",
    database="ANALYTICS",
    schema="SALES",
    warehouse="COMPUTE_WH",
    enabled=False,
    condition="SELECT 1",
    action="CREATE OR REPLACE /* for Cube */ USER CUBE_SPARE TYPE = SERVICE",
)
