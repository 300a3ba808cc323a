# breaks: admin-roles-ungranted
"""The service account could not see a table, and SYSADMIN can."""

import pulumi_snowflake as snowflake

snowflake.GrantAccountRole("cube", role_name="SYSADMIN", user_name="CUBE")
