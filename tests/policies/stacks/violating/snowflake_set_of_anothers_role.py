# breaks: role-privileges-own-role
"""A set of privileges for a role that others made: it would revoke all that they gave to it."""

import pulumi

from cube_access.snowflake.privileges import Entry, granted
from cube_access.snowflake.role_privileges import RolePrivileges

RolePrivileges(
    "analysts",
    account="SANDBOX-ANALYTICS",
    role="ANALYST",
    privileges=granted(Entry("USAGE", "DATABASE", ("ANALYTICS",))),
    extra_privileges="revoke",
    sign_in_role=None,
    opts=pulumi.ResourceOptions(),
)
