# breaks: grants-read-only
"""Cube is to resume and resize the warehouse by itself."""

import pulumi_snowflake as snowflake

snowflake.GrantPrivilegesToAccountRole(
    "cube",
    account_role_name="CUBE",
    privileges=["USAGE", "OPERATE", "MODIFY"],
    on_account_object={"object_type": "WAREHOUSE", "object_name": "COMPUTE_WH"},
)
