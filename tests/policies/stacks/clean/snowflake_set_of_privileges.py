# breaks: nothing
"""All privileges of a role of the stack's own, as one set."""

import pulumi
import pulumi_snowflake as snowflake

from cube_access.snowflake.privileges import ALL_AND_FUTURE, Entry, granted
from cube_access.snowflake.role_privileges import RolePrivileges

role = snowflake.AccountRole(
    "cube", name="CUBE", comment="What Cube may read; owner: analytics-platform"
)
RolePrivileges(
    "cube",
    account="SANDBOX-ANALYTICS",
    role=role.name,
    privileges=granted(
        Entry("USAGE", "DATABASE", ("ANALYTICS",)),
        Entry("USAGE", "SCHEMA", ("ANALYTICS", "SALES")),
        Entry("SELECT", "TABLE", ("ANALYTICS", "SALES"), ALL_AND_FUTURE),
    ),
    extra_privileges="revoke",
    sign_in_role=None,
    opts=pulumi.ResourceOptions(),
)
