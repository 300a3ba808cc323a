"""What DatabricksAccess makes, as plain resources of one program: no components, no checks."""

from __future__ import annotations

import pulumi
import pulumi_databricks as databricks

from cube_access.aws.secret_store import Secret, SecretArgs

config = pulumi.Config()
name = config.require("name")
schemas: list[str] = config.require_object("schemas")
ACCOUNT_ID = "5a4d0000-0000-4000-8000-000000000001"

account_provider = databricks.Provider(
    "account", host="https://accounts.cloud.databricks.com", account_id=ACCOUNT_ID
)
workspace_provider = databricks.Provider(
    "workspace", host="https://dbc-5a4d80x0-0001.cloud.databricks.com"
)
account = pulumi.ResourceOptions(provider=account_provider)

integration = databricks.CustomAppIntegration(
    "oauth",
    name=name,
    confidential=True,
    redirect_urls=["https://example.cubecloud.dev/oauth/callback"],
    scopes=["sql", "offline_access"],
    token_access_policy={"access_token_ttl_in_minutes": 60, "refresh_token_ttl_in_minutes": 10_080},
    opts=pulumi.ResourceOptions(
        provider=account_provider, additional_secret_outputs=["client_secret"]
    ),
)
principal = databricks.ServicePrincipal(
    "principal", display_name=name, disable_as_user_deletion=False, opts=account
)
assignment = databricks.MwsPermissionAssignment(
    "assignment",
    workspace_id="5004080000000001",
    principal_id=principal.id,
    permissions=["USER"],
    opts=account,
)
entitlements = databricks.Entitlements(
    "entitlements",
    service_principal_id=principal.id,
    databricks_sql_access=True,
    opts=pulumi.ResourceOptions(provider=workspace_provider, depends_on=[assignment]),
)
secret = databricks.ServicePrincipalSecret(
    "credential",
    service_principal_id=principal.id,
    lifetime="7776000s",
    opts=pulumi.ResourceOptions(
        provider=account_provider, additional_secret_outputs=["secret", "secretHash"]
    ),
)
workspace = pulumi.ResourceOptions(provider=workspace_provider, depends_on=[entitlements])
for catalog in sorted({schema.partition(".")[0] for schema in schemas}):
    databricks.Grant(
        f"read-{catalog}",
        principal=principal.application_id,
        privileges=["USE_CATALOG"],
        catalog=catalog,
        opts=workspace,
    )
for schema in schemas:
    databricks.Grant(
        f"read-{schema}",
        principal=principal.application_id,
        privileges=["SELECT", "USE_SCHEMA"],
        schema=schema,
        opts=workspace,
    )
# Takes the place of everybody's entries, which the component leaves alone.
databricks.Permissions(
    "warehouse",
    sql_endpoint_id="5a4d0000000000b1",
    access_controls=[
        {
            "service_principal_name": principal.application_id,
            "permission_level": "CAN_USE",
        },
        {"group_name": "analysts", "permission_level": "CAN_USE"},
        {"group_name": "finance", "permission_level": "CAN_USE"},
    ],
    opts=workspace,
)
document = pulumi.Output.json_dumps(
    {
        "accountId": ACCOUNT_ID,
        "servicePrincipalId": principal.id,
        "clientId": principal.application_id,
        "clientSecret": secret.secret,
        "oauthSecretId": secret.service_principal_secret_id,
    }
)
Secret(
    "secret",
    SecretArgs(
        name=f"cube-access/{name}",
        value=pulumi.Output.secret(document),
        type="DatabricksSPSecret",
        description="Cube's service account",
        owner=pulumi.get_stack(),
        service_account=principal.application_id,
        tags={},
        kms_key_id="",
        policy={},
        recovery_days=0,
        on_destroy="delete",
        adopt=False,
        region="eu-central-1",
        profile="",
    ),
)
pulumi.export("client_id", integration.client_id)
pulumi.export("client_secret", pulumi.Output.secret(integration.client_secret))
