"""One environment on Snowflake: the OAuth integration, the service account, its grants and the
warehouse.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import pulumi
import pulumi_snowflake as snowflake

from cube_access.connection import Connection, OAuthApp
from cube_access.guard import NEW_STACK, Guard
from cube_access.settings import SnowflakeSettings
from cube_access.settings.snowflake_reading import OBJECT_KINDS
from cube_access.snowflake.cube_cloud import steps, trust_cube_cloud
from cube_access.snowflake.external_oauth import (
    ExternalOauthIntegration,
    ExternalOauthIntegrationArgs,
)
from cube_access.snowflake.grants import database_role, grant_read, grant_use, reading
from cube_access.snowflake.identifiers import parse, plain
from cube_access.snowflake.oauth import OAuthIntegration, OAuthIntegrationArgs
from cube_access.snowflake.people import people_role
from cube_access.snowflake.policies import network_policy, one_way_in
from cube_access.snowflake.preflight import (
    EXTERNAL_PARAMETER,
    PARAMETER,
    PREVIEW_FEATURE,
    check_account,
)
from cube_access.snowflake.scope import ReadScope
from cube_access.snowflake.service_account import (
    STORED_SECRET_TYPE,
    ServiceAccount,
    ServiceAccountArgs,
    secret_document,
)
from cube_access.snowflake.warehouse import WarehouseArgs, warehouse

AUTHENTICATION_POLICY_FEATURES = (
    "snowflake_authentication_policy_resource",
    "snowflake_user_authentication_policy_attachment_resource",
)
# An account that is out of reach must not look like a hang.
LOGIN_SECONDS, REQUEST_SECONDS = 60, 300

DRIVER = "snowflake"


class Environment(pulumi.ComponentResource):
    """Everything in Snowflake that Cube's access needs; `connection` is what Cube needs to know of
    it.

    Signs in as the deployer whom SNOWFLAKE_* variables or a profile name, once for each task: in
    the role that Snowflake recommends for it, or in the deployer's own.
    """

    connection: Connection

    def __init__(
        self, name: str, settings: SnowflakeSettings, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("cube-access:snowflake:Environment", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        account = f"{settings.organization}-{settings.account_name}"
        place = Guard(
            f"{name}-place",
            what="the account of this environment",
            fixed={"account": account},
            protect=True,
            remedy=NEW_STACK,
            opts=child,
        )

        if settings.deployer_role == "sign-in" and os.environ.get("SNOWFLAKE_ROLE"):
            # The SDK would write it into the stack's state, and the next one to sign in would need
            # the same role.
            raise pulumi.RunError(
                "SNOWFLAKE_ROLE is set, but with cube-access:deployerRole = sign-in the default "
                "role of the user decides. Unset it."
            )

        def provider(task: str, role: str, features: Sequence[str] = ()) -> snowflake.Provider:
            return snowflake.Provider(
                f"{name}-{task}",
                organization_name=settings.organization,
                account_name=settings.account_name,
                role=role if settings.deployer_role == "per-task" else None,
                preview_features_enabled=list(features) or None,
                # The plugin's own: five minutes to sign in, and no end at all for a query.
                login_timeout=LOGIN_SECONDS,
                request_timeout=REQUEST_SECONDS,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[place]),
            )

        policy_schema = settings.authentication_policy_schema
        features = AUTHENTICATION_POLICY_FEATURES if policy_schema else ()
        integrations = provider("integrations", settings.integration_role, [PREVIEW_FEATURE])
        users = provider("users", settings.user_admin_role)
        security = provider("security", settings.grant_admin_role, features)
        warehouses = provider("warehouses", settings.warehouse_admin_role)

        kinds = [OBJECT_KINDS[kind] for kind in settings.object_kinds]
        wanted = reading(settings.scopes, kinds, inherited=settings.inherited_grants)
        scope = ReadScope(f"{name}-read-scope", settings.scopes, child)
        identity_provider = settings.identity_provider
        guard = Guard(
            f"{name}-sign-in-guard",
            what="where people sign in",
            consequence=(
                "Everybody who uses Cube is signed out and must authorize again, once Cube Cloud "
                "has the other addresses, client id and secret. It takes two applies, the first "
                "with nothing else changed."
            ),
            fixed={"externalOauth": identity_provider is not None},
            protect=settings.protect,
            opts=child,
        )
        keyless = settings.keyless
        way_in = Guard(
            f"{name}-service-guard",
            what="how the service account signs in",
            consequence=(
                "Cube cannot sign in with it from this apply until it is redeployed with the new "
                "cube_env, and the old way in is gone. People's own queries go on."
            ),
            fixed={
                "cubeCloudIdentity": f"{keyless.subject} of {keyless.issuer}"
                if keyless
                else "a key pair"
            },
            protect=settings.protect,
            opts=child,
        )
        found = check_account(
            wanted,
            named=_named(settings),
            account_name=account,
            shadow_future_grants=settings.shadow_future_grants,
            blocked_roles_parameter=EXTERNAL_PARAMETER if identity_provider else PARAMETER,
            grant_admin=security,
            integration_admin=integrations,
            resource=self,
        )
        # Whatever is made here takes its name from this, and so waits for all of them.
        guarded = pulumi.Output.all(found, guard.urn, way_in.urn)
        base = guarded.apply(lambda _: settings.object_name)
        warehouse_name = warehouse(
            name,
            WarehouseArgs(
                existing=settings.snowflake_warehouse,
                name=base,
                size=settings.snowflake_warehouse_size,
                auto_suspend_seconds=settings.snowflake_warehouse_auto_suspend_seconds,
                statement_timeout_seconds=settings.statement_timeout_seconds,
                credit_quota=settings.snowflake_warehouse_credit_quota,
            ),
            warehouse_admin=warehouses,
            monitor_admin=integrations,
            parent=self,
        )
        blocked_roles = found.apply(
            lambda answer: sorted({*answer.blocked_roles, *settings.blocked_roles})
        )
        signing_in = pulumi.ResourceOptions(parent=self, providers=[integrations])
        integration: OAuthIntegration | ExternalOauthIntegration
        if identity_provider:
            integration = ExternalOauthIntegration(
                f"{name}-external-oauth",
                ExternalOauthIntegrationArgs(
                    # Not the other one's name: the engine makes the new before it drops the old.
                    name=pulumi.Output.concat(base, "_EXTERNAL"),
                    provider=identity_provider,
                    client_secret=pulumi.Output.secret(
                        settings.external_oauth_client_secret.get_secret_value()
                    ),
                    blocked_roles=blocked_roles,
                    protect=settings.protect,
                ),
                signing_in,
            )
            scopes = list(identity_provider.scopes)
        else:
            integration = OAuthIntegration(
                f"{name}-oauth",
                OAuthIntegrationArgs(
                    name=base,
                    account_host=settings.account_host,
                    redirect_uri=settings.redirect_uris[0],
                    confidential=settings.oauth_client_type == "confidential",
                    enforce_pkce=settings.oauth_enforce_pkce,
                    refresh_token_minutes=settings.refresh_token_minutes,
                    network_policy=settings.oauth_network_policy,
                    pre_authorized_roles=settings.pre_authorized_roles,
                    blocked_roles=blocked_roles,
                    secret_version=settings.oauth_secret_version,
                    protect=settings.protect,
                ),
                signing_in,
            )
            scopes = ["refresh_token"]
            if settings.oauth_role:
                scopes.append(f"session:role:{settings.oauth_role}")
        service_account = ServiceAccount(
            f"{name}-service",
            ServiceAccountArgs(
                name=base,
                login_name=guarded.apply(lambda _: keyless.subject) if keyless else base,
                warehouse=warehouse_name,
                credential_versions=() if keyless else settings.credential_versions,
                statement_timeout_seconds=settings.statement_timeout_seconds,
                network_policy=network_policy(
                    name, base, settings.allowed_cidrs, security=security, parent=self
                ),
                protect=settings.protect,
            ),
            user_admin=users,
            policy_admin=security,
            opts=child,
        )
        audience = f"https://{settings.account_host}"
        cube_cloud = None
        if keyless:
            audience = keyless.audience or audience
            cube_cloud = trust_cube_cloud(
                name,
                base,
                keyless,
                audience=audience,
                role=service_account.role_name,
                protect=settings.protect,
                integrations=integrations,
                parent=self,
            )
        if policy_schema:
            one_way_in(
                name,
                base,
                schema=parse(policy_schema),
                user=service_account.user,
                integration=cube_cloud,
                security=security,
                parent=self,
            )
        granting = pulumi.ResourceOptions(parent=self, provider=security, depends_on=[scope])
        reader = None
        if settings.grant_to == "database-role":
            reader = database_role(
                f"{name}-read",
                base,
                settings.scopes[0][0],
                member=service_account.role_name,
                database_admin=warehouses,
                opts=granting,
            )
        grant_read(
            f"{name}-read",
            role=service_account.role_name,
            database_role=reader,
            wanted=wanted,
            object_types=found.apply(lambda answer: answer.object_types),
            opts=granting,
        )
        roles: dict[str, pulumi.Input[str]] = {"service-account": service_account.role_name}
        if settings.user_roles:
            roles["people"] = people_role(
                name, base, settings.user_roles, user_admin=users, parent=self
            )
        grant_use(name, warehouse=warehouse_name, roles=roles, opts=granting)

        env: dict[str, pulumi.Input[str]] = {
            "CUBEJS_DB_TYPE": DRIVER,
            "CUBEJS_DB_SNOWFLAKE_ACCOUNT": account,
            # Names in a connection are read as SQL reads them.
            "CUBEJS_DB_SNOWFLAKE_WAREHOUSE": warehouse_name.apply(plain),
            "CUBEJS_DB_NAME": plain(settings.database),
            # An idle connection of every person would otherwise be kept awake for good.
            "CUBEJS_DB_SNOWFLAKE_CLIENT_SESSION_KEEP_ALIVE": "false",
            # Not the name that Cube reads by itself: every person's sign-in would ask for it.
            "CUBE_SERVICE_SNOWFLAKE_ROLE": service_account.role_name,
        }
        secret_env: dict[str, pulumi.Output[str]] = {}
        document = None
        if keys := service_account.key_pair:
            env["CUBEJS_DB_USER"] = service_account.user.name
            env["CUBEJS_DB_SNOWFLAKE_AUTHENTICATOR"] = "SNOWFLAKE_JWT"
            secret_env["CUBEJS_DB_SNOWFLAKE_PRIVATE_KEY"] = pulumi.Output.secret(keys.private_key)
            document = secret_document(account, service_account.user.name, keys)
        else:
            # Where the token is, Cube Cloud says in a variable of its own.
            env["CUBEJS_DB_SNOWFLAKE_AUTHENTICATOR"] = "OAUTH"
        if settings.oauth_role:
            env["CUBE_ACCESS_USER_ROLE"] = settings.oauth_role
        self.connection = Connection(
            driver=DRIVER,
            oauth_app=OAuthApp(
                name=settings.object_name,
                auth_url=integration.auth_url,
                token_url=integration.token_url,
                client_id=integration.client_id,
                client_secret=integration.client_secret,
                scopes=scopes,
                redirect_uris=settings.redirect_uris,
            ),
            env=env,
            secret_env=secret_env,
            stored_secret=document,
            stored_secret_type=STORED_SECRET_TYPE if document else "",
            service_account_name=settings.object_name,
            service_account_id=service_account.user.name,
            service_account_key=pulumi.Output.concat(account, ".", service_account.user.name),
            privileges=[*wanted.lines(), "USAGE ON WAREHOUSE"],
            credential_expires=(
                "nothing is kept: Cube Cloud signs a new token again and again"
                if keyless
                else "never: rotate it by credentialVersions"
            ),
            steps=steps(keyless, audience=audience, role=settings.object_name) if keyless else (),
        )


def _named(settings: SnowflakeSettings) -> list[tuple[str, ...]]:
    """What the configuration names and this program does not make, besides what is read."""
    keyless = settings.keyless
    one_each = {
        "WAREHOUSE": settings.snowflake_warehouse,
        "NETWORK POLICY": settings.oauth_network_policy,
        "INTEGRATION": keyless.integration if keyless else None,
    }
    roles = {*settings.user_roles, *settings.blocked_roles, *settings.pre_authorized_roles}
    roles |= {settings.oauth_role} if settings.oauth_role else set()
    roles |= {*keyless.allowed_roles} if keyless else set()
    named: list[tuple[str, ...]] = [(kind, name) for kind, name in one_each.items() if name]
    named += [("ROLE", role) for role in sorted(roles)]
    if settings.authentication_policy_schema:
        named.append(("SCHEMA", *parse(settings.authentication_policy_schema)))
    return named
