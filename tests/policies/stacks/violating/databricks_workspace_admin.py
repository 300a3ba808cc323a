# breaks: admin-roles-ungranted
"""ADMIN of the workspace instead of USER."""

import pulumi
import pulumi_databricks as databricks

account = databricks.Provider(
    "account",
    host="https://accounts.cloud.databricks.com",
    account_id="5a4d0000-0000-4000-8000-000000000001",
)
databricks.MwsPermissionAssignment(
    "cube",
    workspace_id="5004080000000001",
    principal_id="5004080000000077",
    permissions=["ADMIN"],
    opts=pulumi.ResourceOptions(provider=account),
)
