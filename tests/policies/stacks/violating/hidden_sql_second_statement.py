# breaks: statements-known
"""Two statements in one."""

import pulumi_snowflake as snowflake

snowflake.Execute(
    "cube",
    execute="SELECT 1; GRANT OWNERSHIP ON DATABASE ANALYTICS TO ROLE CUBE",
    revert="SELECT 1",
)
