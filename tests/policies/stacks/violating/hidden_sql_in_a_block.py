# breaks: statements-known
"""A block, of which one statement is a grant."""

import pulumi_snowflake as snowflake

snowflake.Execute(
    "cube",
    execute="BEGIN GRANT ROLE SYSADMIN TO USER CUBE; END",
    revert="SELECT 1",
)
