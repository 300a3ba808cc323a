# breaks: nothing
"""A hierarchy of three roles that ends in a reader's."""

import pulumi_snowflake as snowflake

reader = snowflake.AccountRole(
    "reader", name="READER", comment="Reads sales; owner: analytics-platform"
)
analyst = snowflake.AccountRole(
    "analyst", name="ANALYST", comment="Who analyses; owner: analytics-platform"
)
senior = snowflake.AccountRole(
    "senior", name="SENIOR_ANALYST", comment="Who leads; owner: analytics-platform"
)
snowflake.GrantAccountRole("analyst", role_name=reader.name, parent_role_name=analyst.name)
snowflake.GrantAccountRole("senior", role_name=analyst.name, parent_role_name=senior.name)
snowflake.GrantAccountRole("platform", role_name=senior.name, parent_role_name="SYSADMIN")
