# breaks: admin-roles-unreachable and admin-roles-ungranted and roles-visible
"""Cube's role has the loader's, the loader's has the platform's, and that has SECURITYADMIN."""

import pulumi_snowflake as snowflake

EDGES = {"LOADER": "CUBE", "PLATFORM": "LOADER", "SECURITYADMIN": "PLATFORM"}
for role, parent in EDGES.items():
    snowflake.GrantAccountRole(f"{role}-to-{parent}", role_name=role, parent_role_name=parent)
