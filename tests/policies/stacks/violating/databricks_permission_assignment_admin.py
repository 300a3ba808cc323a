# breaks: admin-roles-ungranted
"""ADMIN of the workspace, by the workspace's own resource."""

import pulumi_databricks as databricks

databricks.PermissionAssignment("cube", principal_id="5004080000000077", permissions=["ADMIN"])
