# breaks: oauth-admin-roles-blocked
"""ACCOUNTADMIN could not sign in to Cube, so the account's parameter was turned off."""

import pulumi_snowflake as snowflake

snowflake.AccountParameter("cube", key="OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST", value="false")
