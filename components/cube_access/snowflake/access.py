"""Cube's access to a Snowflake account: the OAuth integration, the service account, its grants and
the warehouse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_snowflake as snowflake
from pydantic.alias_generators import to_camel

from cube_access.component.access import Access
from cube_access.component.arguments import Asked
from cube_access.component.guard import ALL_THE_SAME
from cube_access.cube.connection import Connection, OAuthApp
from cube_access.facts.identifiers import parse, plain
from cube_access.settings import SnowflakeSettings, let_in
from cube_access.snowflake.args import SnowflakeAccessArgs
from cube_access.snowflake.cube_cloud import steps, trust_cube_cloud
from cube_access.snowflake.external_oauth import (
    ExternalOauthIntegration,
    ExternalOauthIntegrationArgs,
)
from cube_access.snowflake.grants import (
    USES_WAREHOUSE,
    database_role,
    meant,
    membership,
    readers,
    use,
)
from cube_access.snowflake.guards import sign_in_guards
from cube_access.snowflake.oauth import OAuthIntegration, OAuthIntegrationArgs, blocked_list
from cube_access.snowflake.once import TYPES, Once
from cube_access.snowflake.people import people_role
from cube_access.snowflake.place import Deployer, account_name, place
from cube_access.snowflake.policies import network_policy, one_way_in
from cube_access.snowflake.preflight import (
    EXTERNAL_PARAMETER,
    PARAMETER,
    Found,
    check,
    found_or_unknown,
    named,
)
from cube_access.snowflake.privileges import (
    ACCOUNT_ROLE,
    DATABASE_ROLE,
    Entry,
    granted,
)
from cube_access.snowflake.role_privileges import RolePrivileges
from cube_access.snowflake.service_account import (
    STORED_SECRET_TYPE,
    ServiceAccount,
    ServiceAccountArgs,
    secret_document,
)
from cube_access.snowflake.user_defaults import UserDefaults
from cube_access.snowflake.variables import DRIVER, variables
from cube_access.snowflake.warehouse import WarehouseArgs, warehouse


class SnowflakeAccess(Access[SnowflakeSettings]):
    """Everything that Cube's access to a Snowflake account takes.

    Signs in as the deployer whom `args.sign_in`, or else SNOWFLAKE_* variables or a profile name,
    once for each task: in the role that Snowflake recommends for it, or in the deployer's own.

    Raises:
        ArgsError: args or options cannot be used; nothing is registered then.
    """

    KIND = "snowflake"
    ARGS = SnowflakeAccessArgs

    def __init__(
        self,
        name: str,
        args: SnowflakeAccessArgs | Asked[SnowflakeSettings],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, args, opts)

    def _own_sign_in(self) -> dict[str, pulumi.Input[str]]:
        return {to_camel(f"snowflake_{key}"): value for key, value in self._asked.sign_in.items()}

    def _around(
        self, args: pulumi.ResourceTransformationArgs
    ) -> pulumi.ResourceTransformationResult | None:
        return self._once.around(args) if args.type_ in TYPES else None

    def _connect(self) -> Connection:
        settings = self._settings
        self._account = account_name(self._asked)
        self._redirect_uris = [uri for _, uri in self._asked.items("redirect_uris")]
        self._keyless = settings.keyless
        self._deployer = Deployer(
            self._name,
            self._asked,
            more=self._unconfigured(),
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[place(self._name, self._account, self._child)]
            ),
        )
        self._once = Once(self._name, self._account, settings, self._deployer.role, self)
        self._wanted = meant(settings)
        guards = sign_in_guards(self._name, settings, self._say, self._child)
        answer = self._look()
        found = answer.apply(found_or_unknown)
        # Whatever is made in Snowflake takes its name from this, and so waits for all of them.
        answers = pulumi.Output.all(self._asked.checked, answer, *(guard.urn for guard in guards))
        self._base = answers.apply(lambda _: settings.object_name)
        self._warehouse_name = self._warehouse()
        app = self._oauth_app(found) if settings.has_oauth_app else None
        service_account = self._service_account()
        self._one_way_in(service_account)
        self._grant(service_account, found)
        env, secret_env = variables(
            self._asked,
            account=self._account,
            warehouse=self._warehouse_name,
            service_account=service_account,
        )
        document = self._document(service_account)
        self._once.settle()
        return Connection(
            driver=DRIVER,
            oauth_app=app,
            env=env,
            secret_env=secret_env,
            stored_secret=document,
            stored_secret_type=STORED_SECRET_TYPE if document else "",
            service_account_name=settings.object_name,
            service_account_id=service_account.user.name,
            service_account_key=pulumi.Output.concat(self._account, ".", service_account.user.name),
            privileges=[*self._wanted.lines(), USES_WAREHOUSE],
            credential_expires=self._say(
                "nothing is kept: Cube Cloud signs a new token again and again"
                if self._keyless
                else "never: rotate it by credentialVersions"
            ),
            credential="token-file" if self._keyless else "secret",
            steps=steps(self._asked),
        )

    def _look(self) -> pulumi.Output[Found | None]:
        settings, cube_cloud = self._settings, self._settings.cube_cloud
        parameter = EXTERNAL_PARAMETER if settings.identity_provider else PARAMETER
        policy_schema = settings.authentication_policy_schema
        own_app = settings.has_oauth_app and not settings.identity_provider
        return check(
            self._wanted,
            named=named(self._asked),
            policy_schema=parse(policy_schema) if policy_schema else (),
            account_name=self._account,
            shadow_future_grants=settings.shadow_future_grants,
            blocked_roles_parameter=parameter,
            readers=readers(settings),
            client=settings.object_name if own_app else "",
            bounds=bool(let_in.keys(settings)),
            blocked=[role for _, role in self._asked.items("blocked_roles")],
            trust=settings.own_cube_cloud,
            issuer=cube_cloud.issuer if cube_cloud else "",
            grant_role=self._deployer.role("security"),
            integration_role=self._deployer.role("integrations"),
            ready=self._ready,
            say=self._say,
            resource=self,
        )

    def _warehouse(self) -> pulumi.Output[str]:
        settings = self._settings
        existing = self._asked.text("snowflake_warehouse") if settings.snowflake_warehouse else None
        return warehouse(
            self._name,
            WarehouseArgs(
                existing=existing,
                name=self._base,
                size=settings.snowflake_warehouse_size,
                auto_suspend_seconds=settings.snowflake_warehouse_auto_suspend_seconds,
                statement_timeout_seconds=settings.statement_timeout_seconds,
                credit_quota=settings.snowflake_warehouse_credit_quota,
            ),
            warehouse_admin=lambda: self._deployer.warehouses,
            monitor_admin=self._deployer.integrations,
            parent=self,
        )

    def _oauth_app(self, found: pulumi.Output[Found]) -> OAuthApp:
        integration, scopes = self._integration(found)
        return OAuthApp(
            name=self._settings.object_name,
            auth_url=integration.auth_url,
            token_url=integration.token_url,
            client_id=integration.client_id,
            client_secret=integration.client_secret,
            scopes=scopes,
            redirect_uris=self._redirect_uris,
        )

    def _integration(
        self, found: pulumi.Output[Found]
    ) -> tuple[OAuthIntegration | ExternalOauthIntegration, list[pulumi.Input[str]]]:
        """How people sign in, and the scopes that Cube asks for."""
        settings, asked = self._settings, self._asked
        blocked = pulumi.Output.all(found, *(role for _, role in asked.items("blocked_roles")))
        blocked_roles = blocked.apply(lambda all_: blocked_list(all_[0].blocked_roles, all_[1:]))
        options = pulumi.ResourceOptions(parent=self, providers=[self._deployer.integrations])
        if provider := settings.identity_provider:
            external = ExternalOauthIntegration(
                f"{self._name}-external-oauth",
                ExternalOauthIntegrationArgs(
                    # Not the other one's name: the engine makes the new before it drops the old.
                    name=pulumi.Output.concat(self._base, "_EXTERNAL"),
                    provider=provider,
                    client_id=asked.get(
                        lambda s: str(s.identity_provider and s.identity_provider.client_id),
                        "external_oauth",
                    ),
                    client_secret=asked.secret("external_oauth_client_secret"),
                    blocked_roles=blocked_roles,
                    protect=settings.protect,
                    remedy=self._say(ALL_THE_SAME),
                ),
                options,
            )
            return external, list(provider.scopes)
        own = OAuthIntegration(
            f"{self._name}-oauth",
            OAuthIntegrationArgs(
                name=self._base,
                account_host=asked.get(lambda s: s.account_host, "snowflake_account"),
                redirect_uri=self._redirect_uris[0],
                confidential=settings.oauth_client_type == "confidential",
                enforce_pkce=settings.oauth_enforce_pkce,
                refresh_token_minutes=settings.refresh_token_minutes,
                network_policy=(
                    asked.text("oauth_network_policy") if settings.oauth_network_policy else None
                ),
                pre_authorized_roles=[role for _, role in asked.items("pre_authorized_roles")],
                blocked_roles=blocked_roles,
                allowed_roles=self._allowed_roles(),
                account=self._account,
                sign_in_role=self._deployer.role("integrations"),
                secret_version=settings.oauth_secret_version,
                protect=settings.protect,
                remedy=self._say(ALL_THE_SAME),
            ),
            options,
        )
        scopes: list[pulumi.Input[str]] = ["refresh_token"]
        if settings.oauth_role:
            scopes.append(pulumi.Output.concat("session:role:", asked.text("oauth_role")))
        return own, scopes

    def _allowed_roles(self) -> pulumi.Output[list[str]] | None:
        entries: list[pulumi.Output[str]] = []
        for key in let_in.keys(self._settings):
            one = key == "oauth_role"
            entries += [self._asked.text(key)] if one else [e for _, e in self._asked.items(key)]
        return pulumi.Output.all(*entries).apply(lambda all_: sorted({*all_})) if entries else None

    def _service_account(self) -> ServiceAccount:
        settings, keyless = self._settings, self._keyless
        made = ServiceAccount(
            f"{self._name}-service",
            ServiceAccountArgs(
                name=self._base,
                login_name=self._base.apply(lambda _: keyless.subject) if keyless else self._base,
                warehouse=self._warehouse_name,
                credential_versions=() if keyless else settings.credential_versions,
                statement_timeout_seconds=settings.statement_timeout_seconds,
                network_policy=network_policy(
                    self._name,
                    self._base,
                    settings.allowed_cidrs,
                    security=self._deployer.security,
                    say=self._say,
                    parent=self,
                ),
                protect=settings.protect,
            ),
            user_admin=self._deployer.users,
            policy_admin=self._deployer.security,
            opts=self._child,
        )
        UserDefaults(
            f"{self._name}-service-defaults",
            account=self._account,
            # Whoever made the user.
            role=self._deployer.role("security" if settings.allowed_cidrs else "users"),
            user=made.user.name,
            default_role=made.role_name,
            default_warehouse=self._warehouse_name,
            opts=self._child,
        )
        return made

    def _one_way_in(self, service_account: ServiceAccount) -> None:
        """Cube Cloud's integration, where it vouches for the service account or for people; and a
        policy that leaves the service account no other way in than its own, where asked for.
        """
        settings = self._settings
        cube_cloud = trust_cube_cloud(
            self._name,
            self._base,
            self._asked,
            service_account=service_account.role_name,
            integrations=self._deployer.integrations,
            parent=self,
        )
        if settings.authentication_policy_schema:
            one_way_in(
                self._name,
                self._base,
                schema=parse(settings.authentication_policy_schema),
                user=service_account.user,
                integration=cube_cloud if self._keyless else None,
                security=self._deployer.security,
                parent=self,
            )

    def _grant(self, service_account: ServiceAccount, found: pulumi.Output[Found]) -> None:
        """What the service account may read, and who may use the warehouse."""
        settings, wanted = self._settings, self._wanted
        nothing: pulumi.Output[Mapping[str, str]] = pulumi.Output.from_input({})
        types = found.apply(lambda answer: answer.object_types) if wanted.objects else nothing
        own = wanted.on_databases()
        held: pulumi.Output[list[Entry]] = types.apply(wanted.inside)
        before: list[pulumi.Resource] = []
        if settings.grant_to == "database-role":
            role, full_name = database_role(
                f"{self._name}-read",
                self._base,
                settings.scopes[0][0],
                database_admin=self._deployer.warehouses,
                parent=self,
            )
            # First: whoever reads goes on while the privileges move from one role to the other.
            before.append(self._privileges("read", role, held, name=full_name, kind=DATABASE_ROLE))
            held = full_name.apply(lambda text: [membership(text)])
        everything = pulumi.Output.all(held, self._warehouse_name).apply(
            lambda both: [*own, *both[0], use(both[1])]
        )
        self._privileges("service", service_account.role, everything, before=before)
        if settings.user_roles:
            people = people_role(
                self._name,
                self._base,
                self._asked.items("user_roles", plain),
                user_admin=self._deployer.users,
                parent=self,
            )
            self._privileges("people", people, self._warehouse_name.apply(lambda name: [use(name)]))

    def _privileges(
        self,
        label: str,
        role: snowflake.AccountRole | snowflake.DatabaseRole,
        entries: pulumi.Output[list[Entry]],
        *,
        name: pulumi.Output[str] | None = None,
        kind: str = ACCOUNT_ROLE,
        before: Sequence[pulumi.Resource] = (),
    ) -> RolePrivileges:
        """All that a role of ours holds. Dropping the role takes it all away."""
        return RolePrivileges(
            f"{self._name}-{label}-privileges",
            account=self._account,
            role=name or role.name,
            role_kind=kind,
            privileges=entries.apply(lambda all_: granted(*all_)),
            extra_privileges=self._settings.extra_privileges,
            sign_in_role=self._deployer.role("security"),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(before), deleted_with=role),
        )

    def _document(self, service_account: ServiceAccount) -> pulumi.Output[str] | None:
        """What Secrets Manager keeps."""
        keys = service_account.key_pair
        return secret_document(self._account, service_account.user.name, keys) if keys else None
