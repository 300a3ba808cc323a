# breaks: statements-known
"""A query that is none."""

import pulumi_snowflake as snowflake

snowflake.Execute(
    "cube",
    execute="SELECT 1",
    revert="SELECT 1",
    query="CALL ANALYTICS.SALES.MAKE_ME_ADMIN()",
)
