"""Cube's access to a Databricks workspace: the OAuth integration, the service account, its grants
and the SQL warehouse.
"""

from __future__ import annotations

import pulumi
import pulumi_databricks as databricks
from pydantic.alias_generators import to_camel

from cube_access.component.access import Access
from cube_access.component.arguments import Asked
from cube_access.component.guard import ALL_THE_SAME, NEW_STACK, Guard
from cube_access.cube.connection import Connection, OAuthApp
from cube_access.databricks.args import DatabricksAccessArgs
from cube_access.databricks.grants import grant_read, grant_use, reading, sentences
from cube_access.databricks.membership import WorkspaceIdentity
from cube_access.databricks.oauth import OAuthIntegration, OAuthIntegrationArgs
from cube_access.databricks.once import when_it_fails
from cube_access.databricks.preflight import check
from cube_access.databricks.service_account import (
    ROTATE,
    ServiceAccount,
    ServiceAccountArgs,
    secret_document,
)
from cube_access.databricks.variables import DRIVER, variables
from cube_access.databricks.warehouse import WarehouseArgs, warehouse
from cube_access.settings import DatabricksSettings


class DatabricksAccess(Access[DatabricksSettings]):
    """Everything that Cube's access to a Databricks workspace takes.

    Signs in as the deployer whom `args.sign_in`, or else DATABRICKS_* variables or a profile name,
    to the account console and to the workspace: a provider instance speaks to one host only.

    Raises:
        ArgsError: args or options cannot be used; nothing is registered then.
    """

    KIND = "databricks"
    ARGS = DatabricksAccessArgs

    def __init__(
        self,
        name: str,
        args: DatabricksAccessArgs | Asked[DatabricksSettings],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, args, opts)

    def _around(
        self, args: pulumi.ResourceTransformationArgs
    ) -> pulumi.ResourceTransformationResult | None:
        return when_it_fails(args)

    def _connect(self) -> Connection:
        settings, asked = self._settings, self._asked
        self._host = asked.text("databricks_workspace_host")
        self._account_id = asked.text("databricks_account_id")
        self._workspace_id = asked.text("databricks_workspace_id")
        self._redirect_uris = [uri for _, uri in asked.items("redirect_uris")]
        self._account_host = self._asked.get(
            lambda s: s.account_host.removeprefix("https://"), "databricks_workspace_host"
        )
        known = self._place()
        self._wanted = reading(settings.schemas, settings.tables)
        # Whatever is made in Databricks takes its name from this, and so waits for all answers.
        answers = pulumi.Output.all(asked.checked, self._look())
        base = answers.apply(lambda _: settings.name)
        warehouse_id = self._warehouse(base)
        waits = pulumi.ResourceOptions(parent=self, depends_on=[known])
        integration = self._integration(base, waits)
        identity, service_account = self._service_account(base, waits)
        self._grant(service_account, warehouse_id)
        shape, document = secret_document(identity, service_account)
        env, secret_env = variables(
            self._settings,
            host=self._host,
            warehouse_id=warehouse_id,
            service_account=service_account,
        )
        return Connection(
            driver=DRIVER,
            oauth_app=OAuthApp(
                name=settings.name,
                auth_url=integration.auth_url,
                token_url=integration.token_url,
                client_id=integration.client_id,
                client_secret=integration.client_secret,
                scopes=settings.oauth_scopes,
                redirect_uris=self._redirect_uris,
            ),
            env=env,
            secret_env=secret_env,
            stored_secret=pulumi.Output.secret(document),
            stored_secret_type=shape,
            service_account_name=settings.name,
            service_account_id=service_account.application_id,
            service_account_key=service_account.application_id,
            privileges=sentences(self._wanted),
            credential_expires=service_account.credential_expires,
            credential="token" if settings.credential == "pat" else "secret",
        )

    def _place(self) -> pulumi.Resource:
        """The account and the workspace, and whoever signs in to them. Gives what exists once the
        workspace is the one that is meant.
        """
        settings = self._settings
        place = Guard(
            f"{self._name}-place",
            what="the account or workspace of this environment",
            fixed={
                "account": self._account_id,
                "workspace host": self._host,
                "workspace id": self._workspace_id,
            },
            protect=True,
            remedy=NEW_STACK,
            opts=self._child,
        )
        signs_in = dict(self._asked.sign_in)
        if "client_id" in signs_in:
            # Said, so that what the environment says besides is not in the way.
            signs_in["auth_type"] = "oauth-m2m"
        account_host = self._asked.get(lambda s: s.account_host, "databricks_workspace_host")
        self._account = databricks.Provider(
            f"{self._name}-account",
            host=account_host,
            account_id=self._account_id,
            **{**signs_in, **self._unconfigured()},
            opts=self._child,
        )
        self._workspace = databricks.Provider(
            f"{self._name}-workspace",
            host=pulumi.Output.concat("https://", self._host),
            **{**signs_in, **self._unconfigured()},
            opts=self._child,
        )
        return WorkspaceIdentity(
            f"{self._name}-workspace-id",
            host=self._host,
            workspace_id=self._workspace_id,
            account_host=account_host,
            serverless=not settings.sql_warehouse_id and settings.sql_warehouse_serverless,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[place]),
        )

    def _own_sign_in(self) -> dict[str, pulumi.Input[str]]:
        return {to_camel(f"databricks_{key}"): value for key, value in self._asked.sign_in.items()}

    def _look(self) -> pulumi.Output[bool]:
        settings, asked = self._settings, self._asked
        existing = asked.text("sql_warehouse_id") if settings.sql_warehouse_id else None
        return check(
            self._wanted,
            existing,
            [group for _, group in asked.items("user_groups")],
            self._workspace,
            ready=self._ready,
            say=self._say,
        )

    def _warehouse(self, base: pulumi.Output[str]) -> pulumi.Output[str]:
        settings, asked = self._settings, self._asked
        return warehouse(
            self._name,
            WarehouseArgs(
                existing_id=asked.text("sql_warehouse_id") if settings.sql_warehouse_id else None,
                name=base,
                size=settings.sql_warehouse_size,
                auto_stop_minutes=settings.sql_warehouse_auto_stop_minutes,
                max_clusters=settings.sql_warehouse_max_clusters,
                serverless=settings.sql_warehouse_serverless,
                tags=asked.values("tags"),
            ),
            workspace=self._workspace,
            parent=self,
        )

    def _integration(
        self, base: pulumi.Output[str], waits: pulumi.ResourceOptions
    ) -> OAuthIntegration:
        settings = self._settings
        single_use = {"true": True, "false": False}.get(settings.single_use_refresh_tokens)
        return OAuthIntegration(
            f"{self._name}-oauth",
            OAuthIntegrationArgs(
                name=base,
                account_host=self._account_host,
                account_id=self._account_id,
                workspace_host=self._host,
                redirect_uris=self._redirect_uris,
                scopes=settings.oauth_scopes,
                confidential=settings.oauth_client_type == "confidential",
                access_token_minutes=settings.access_token_minutes,
                refresh_token_minutes=settings.refresh_token_minutes,
                single_use_refresh_tokens=single_use,
                protect=settings.protect,
                remedy=self._say(ALL_THE_SAME),
            ),
            pulumi.ResourceOptions.merge(waits, pulumi.ResourceOptions(providers=[self._account])),
        )

    def _service_account(
        self, base: pulumi.Output[str], waits: pulumi.ResourceOptions
    ) -> tuple[ServiceAccountArgs, ServiceAccount]:
        settings = self._settings
        identity = ServiceAccountArgs(
            display_name=base,
            account_host=self._account_host,
            account_id=self._account_id,
            workspace_host=self._host,
            workspace_id=self._workspace_id,
            credential=settings.credential,
            credential_versions=settings.credential_versions,
            lifetime_days=settings.credential_lifetime_days,
            protect=settings.protect,
            remedy=self._say(ALL_THE_SAME),
            advice=self._say(ROTATE),
        )
        made = ServiceAccount(
            f"{self._name}-service",
            identity,
            account=self._account,
            workspace=self._workspace,
            opts=waits,
        )
        return identity, made

    def _grant(self, service_account: ServiceAccount, warehouse_id: pulumi.Output[str]) -> None:
        """What the service account may read, and who may use the SQL warehouse."""
        grant_read(
            f"{self._name}-read",
            principal=service_account.application_id,
            privileges=self._wanted,
            workspace=self._workspace,
            parent=self,
            depends_on=service_account.ready,
        )
        grant_use(
            self._name,
            host=self._host,
            warehouse_id=warehouse_id,
            service_principal=service_account.principal,
            user_groups=self._asked.items("user_groups"),
            parent=self,
            depends_on=service_account.ready,
        )
