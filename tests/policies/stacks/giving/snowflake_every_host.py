# breaks: network-bounded
"""Code may call whatever ends with com."""

import pulumi_snowflake as snowflake

snowflake.NetworkRule(
    "out",
    name="OUT",
    database="ANALYTICS",
    schema="SALES",
    type="HOST_PORT",
    mode="EGRESS",
    value_lists=["*.com:443"],
)
