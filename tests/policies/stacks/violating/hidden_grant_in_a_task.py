# breaks: statements-known
"""A task that grants, every night, what no preview shows."""

import pulumi_snowflake as snowflake

snowflake.Task(
    "cube",
    name="CUBE_GRANTS",
    database="ANALYTICS",
    schema="SALES",
    warehouse="COMPUTE_WH",
    started=False,
    sql_statement="GRANT INSERT ON ALL TABLES IN SCHEMA ANALYTICS.SALES TO ROLE CUBE",
)
