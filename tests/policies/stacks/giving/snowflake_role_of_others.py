# breaks: roles-visible
"""Cube gets the role of another department."""

import pulumi_snowflake as snowflake

cube = snowflake.AccountRole("cube", name="CUBE", comment="Cube's role; owner: analytics")
snowflake.GrantAccountRole("hr", role_name="HR_OWNER", parent_role_name=cube.name)
