# breaks: role-privileges-read-only and grants-read-only
"""A role's whole set, with one entry that writes."""

import pulumi
import pulumi_snowflake as snowflake

from cube_access.snowflake.privileges import Entry, granted
from cube_access.snowflake.role_privileges import RolePrivileges

role = snowflake.AccountRole("cube", name="CUBE", comment="Cube's role; owner: analytics")
RolePrivileges(
    "cube",
    account="SANDBOX-ANALYTICS",
    role=role.name,
    privileges=granted(Entry("INSERT", "TABLE", ("ANALYTICS", "SALES", "ORDERS"))),
    extra_privileges="revoke",
    sign_in_role=None,
    opts=pulumi.ResourceOptions(),
)
