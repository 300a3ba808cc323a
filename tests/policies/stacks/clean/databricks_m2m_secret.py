# breaks: nothing
"""A credential that ends after 90 days, in the secret store and a secret output."""

import pulumi
import pulumi_databricks as databricks

from cube_access.aws.secret_store import Secret, SecretArgs

account = databricks.Provider(
    "account",
    host="https://accounts.cloud.databricks.com",
    account_id="5a4d0000-0000-4000-8000-000000000001",
)
to_account = pulumi.ResourceOptions(provider=account)
principal = databricks.ServicePrincipal("cube", display_name="cube", opts=to_account)
databricks.MwsPermissionAssignment(
    "cube",
    workspace_id="5004080000000001",
    principal_id=principal.id,
    permissions=["USER"],
    opts=to_account,
)
secret = databricks.ServicePrincipalSecret(
    "cube", service_principal_id=principal.id, lifetime="7776000s", opts=to_account
)
Secret(
    "cube",
    SecretArgs(
        name="cube-access/cube",
        value=pulumi.Output.json_dumps(
            {"clientId": principal.application_id, "clientSecret": secret.secret}
        ),
        type="DatabricksSPSecret",
        description="Cube's service account; owner: analytics-platform",
        owner="acme/cube/prod",
        service_account=principal.application_id,
        tags={"owner": "analytics-platform"},
        kms_key_id="alias/cube",
        policy={},
        recovery_days=30,
        on_destroy="delete",
        adopt=False,
        region="eu-central-1",
        profile="",
    ),
)
pulumi.export("cube_client_secret", secret.secret)
