# breaks: admin-roles-unreachable and admin-roles-ungranted and roles-visible
"""SQL for one edge, a resource for the other."""

import pulumi_snowflake as snowflake

snowflake.GrantAccountRole("loader", role_name="LOADER", parent_role_name="CUBE")
snowflake.Execute(
    "platform",
    execute="GRANT ROLE PLATFORM TO ROLE LOADER",
    revert="REVOKE ROLE PLATFORM FROM ROLE LOADER",
)
snowflake.GrantAccountRole("admin", role_name="USERADMIN", parent_role_name="PLATFORM")
