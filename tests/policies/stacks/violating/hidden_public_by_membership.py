# breaks: grants-to-somebody and roles-visible
"""Everybody gets the role that reads."""

import pulumi_snowflake as snowflake

snowflake.GrantAccountRole("cube", role_name="CUBE", parent_role_name="PUBLIC")
