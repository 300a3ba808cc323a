# breaks: credentials-expire and credentials-for-own-identities and credentials-stored
"""The lifetime was left out, so it is two years."""

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
    opts=pulumi.ResourceOptions(provider=account),
)
