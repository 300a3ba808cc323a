# breaks: masks-hold
"""The mask shows what it should hide."""

import pulumi_snowflake as snowflake

snowflake.MaskingPolicy(
    "email",
    name="EMAIL",
    database="ANALYTICS",
    schema="SALES",
    arguments=[snowflake.MaskingPolicyArgumentArgs(name="VAL", type="VARCHAR")],
    body="VAL",
    return_data_type="VARCHAR",
)
