# breaks: admin-roles-ungranted
"""The name as it is said, not as it is written."""

import pulumi_snowflake as snowflake

snowflake.GrantAccountRole("cube", role_name="accountadmin", parent_role_name="CUBE")
