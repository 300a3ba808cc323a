# breaks: nothing
"""Cube's addresses, and how large the warehouse may grow."""

import pulumi_snowflake as snowflake

snowflake.NetworkPolicy(
    "cube",
    name="CUBE",
    comment="Where Cube signs in from; owner: analytics-platform",
    allowed_ip_lists=["203.0.113.0/24"],
)
snowflake.Warehouse(
    "cube",
    name="CUBE",
    comment="Cube's queries; owner: analytics-platform",
    warehouse_size="XSMALL",
    auto_suspend=60,
)
