# breaks: names-by-pattern, in strict
"""A name for the demo, in production."""

import pulumi_snowflake as snowflake

snowflake.AccountRole(
    "cube", name="TEST2_FINAL", comment="What Cube may read; owner: analytics-platform"
)
