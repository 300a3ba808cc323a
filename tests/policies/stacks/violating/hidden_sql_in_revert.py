# breaks: statements-known
"""What is run at the end of the stack's life is SQL, too."""

import pulumi_snowflake as snowflake

snowflake.Execute(
    "cube",
    execute="SELECT 1",
    revert="DROP DATABASE ANALYTICS",
)
