# breaks: credentials-for-own-identities and credentials-stored
"""The secret is read from the state when somebody needs it."""

import pulumi
import pulumi_databricks as databricks

account = databricks.Provider(
    "account",
    host="https://accounts.cloud.databricks.com",
    account_id="5a4d0000-0000-4000-8000-000000000001",
)
databricks.ServicePrincipalSecret(
    "cube",
    service_principal_id="5004080000000077",
    lifetime="7776000s",
    opts=pulumi.ResourceOptions(provider=account),
)
