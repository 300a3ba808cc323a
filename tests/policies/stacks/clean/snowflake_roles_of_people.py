# breaks: nothing
"""A hierarchy of three roles that ends in a reader's."""

import pulumi_snowflake as snowflake

reader = snowflake.AccountRole(
    "reader", name="READER", comment="Reads sales; owner: analytics-platform"
)
snowflake.GrantAccountRole("analyst", role_name=reader.name, parent_role_name="ANALYST")
snowflake.GrantAccountRole("senior", role_name="ANALYST", parent_role_name="SENIOR_ANALYST")
snowflake.GrantAccountRole("platform", role_name="SENIOR_ANALYST", parent_role_name="SYSADMIN")
