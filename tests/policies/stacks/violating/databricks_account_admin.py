# breaks: admin-roles-ungranted
"""The service principal is to rotate its own secrets."""

import pulumi
import pulumi_databricks as databricks

account = databricks.Provider(
    "account",
    host="https://accounts.cloud.databricks.com",
    account_id="5a4d0000-0000-4000-8000-000000000001",
)
databricks.ServicePrincipalRole(
    "cube",
    service_principal_id="5004080000000077",
    role="account_admin",
    opts=pulumi.ResourceOptions(provider=account),
)
