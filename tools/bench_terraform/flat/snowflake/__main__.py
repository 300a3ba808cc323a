"""What SnowflakeAccess makes, as plain resources of one program: no components, no checks."""

from __future__ import annotations

from typing import Any, cast

import pulumi
import pulumi_snowflake as snowflake

from cube_access.aws.secret_store import Secret, SecretArgs
from cube_access.snowflake.client_secret import ClientSecret
from cube_access.snowflake.key_pair import KeyPair

config = pulumi.Config()
name = config.require("name")
schemas: list[str] = config.require_object("schemas")
WAREHOUSE = "COMPUTE_WH"


def signed_in_as(label: str, role: str) -> pulumi.ResourceOptions:
    provider = snowflake.Provider(
        label, organization_name="SANDBOX", account_name="ANALYTICS", role=role
    )
    return pulumi.ResourceOptions(provider=provider)


integrations = signed_in_as("integrations", "ACCOUNTADMIN")
users = signed_in_as("users", "USERADMIN")
security = signed_in_as("security", "SECURITYADMIN")

integration = snowflake.OauthIntegrationForCustomClients(
    "oauth",
    name=name,
    comment="Cube's sign-in",
    enabled="true",
    oauth_client_type="CONFIDENTIAL",
    oauth_redirect_uri="https://example.cubecloud.dev/oauth/callback",
    oauth_allow_non_tls_redirect_uri="false",
    oauth_enforce_pkce="true",
    oauth_issue_refresh_tokens="true",
    oauth_refresh_token_validity=604_800,
    oauth_use_secondary_roles="NONE",
    blocked_roles_lists=["SYSADMIN", "USERADMIN"],
    opts=integrations,
)
shown = snowflake.Execute(
    "secrets",
    execute=pulumi.Output.format('DESCRIBE SECURITY INTEGRATION "{0}"', integration.name),
    revert="SELECT 1",
    query=pulumi.Output.format(
        "SELECT SYSTEM$SHOW_OAUTH_CLIENT_SECRETS('{0}') AS SECRETS", integration.name
    ),
    opts=pulumi.ResourceOptions.merge(
        integrations, pulumi.ResourceOptions(additional_secret_outputs=["queryResults"])
    ),
)
client = ClientSecret(
    "client",
    account="SANDBOX-ANALYTICS",
    role="ACCOUNTADMIN",
    integration=integration.name,
    version=1,
    results=pulumi.Output.secret(shown.query_results),
)
keys = KeyPair("key")
service_role = snowflake.AccountRole(
    "role", name=name, comment="What Cube's service account may read", opts=users
)
user = snowflake.ServiceUser(
    "user",
    name=name,
    comment="Cube's service account",
    login_name=name,
    default_role=service_role.name,
    default_secondary_roles_option="NONE",
    default_warehouse=WAREHOUSE,
    rsa_public_key=keys.public_key,
    statement_timeout_in_seconds=600,
    opts=users,
)
snowflake.GrantAccountRole(
    "role-of-user", role_name=service_role.name, user_name=user.name, opts=users
)
people_role = snowflake.AccountRole(
    "people", name=f"{name}_PEOPLE", comment="The warehouse of people who use Cube", opts=users
)
snowflake.GrantAccountRole(
    "people-of-analyst", role_name=people_role.name, parent_role_name="ANALYST", opts=users
)
for database in sorted({schema.partition(".")[0] for schema in schemas}):
    snowflake.GrantPrivilegesToAccountRole(
        f"usage-{database}",
        account_role_name=service_role.name,
        privileges=["USAGE"],
        on_account_object={"object_type": "DATABASE", "object_name": database},
        opts=security,
    )
for schema in schemas:
    quoted = ".".join(f'"{part}"' for part in schema.split("."))
    snowflake.GrantPrivilegesToAccountRole(
        f"usage-{schema}",
        account_role_name=service_role.name,
        privileges=["USAGE"],
        on_schema={"schema_name": quoted},
        opts=security,
    )
    for kind in ("TABLES", "VIEWS"):
        objects = {"object_type_plural": kind, "in_schema": quoted}
        for which in ("all", "future"):
            snowflake.GrantPrivilegesToAccountRole(
                f"select-{which}-{kind.lower()}-{schema}",
                account_role_name=service_role.name,
                privileges=["SELECT"],
                on_schema_object=cast(Any, {which: objects}),
                opts=security,
            )
for label, role in (("service", service_role), ("people", people_role)):
    snowflake.GrantPrivilegesToAccountRole(
        f"warehouse-{label}",
        account_role_name=role.name,
        privileges=["USAGE"],
        on_account_object={"object_type": "WAREHOUSE", "object_name": WAREHOUSE},
        opts=security,
    )
document = pulumi.Output.json_dumps(
    {
        "account": "SANDBOX-ANALYTICS",
        "user": user.name,
        "privateKey": keys.private_key,
        "publicKey": keys.public_pem,
        "passphrase": "",
    }
)
Secret(
    "secret",
    SecretArgs(
        name=f"cube-access/{name}",
        value=pulumi.Output.secret(document),
        type="SnowflakeKeyPairAuthentication",
        description="Cube's service account",
        owner=pulumi.get_stack(),
        service_account=user.name,
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
pulumi.export("client_id", pulumi.Output.secret(client.client_id))
pulumi.export("client_secret", pulumi.Output.secret(client.client_secret))
