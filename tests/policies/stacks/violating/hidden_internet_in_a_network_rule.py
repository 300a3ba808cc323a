# breaks: network-bounded
"""A rule that allows everything, for a policy that allows the rule."""

import pulumi_snowflake as snowflake

snowflake.NetworkRule(
    "cube",
    name="CUBE",
    database="ANALYTICS",
    schema="SALES",
    comment="Where Cube signs in from; owner: analytics-platform",
    type="IPV4",
    mode="INGRESS",
    value_lists=["0.0.0.0/0"],
)
