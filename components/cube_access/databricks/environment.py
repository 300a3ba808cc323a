"""One environment on Databricks: the OAuth integration, the service account, its grants and the SQL
warehouse.
"""

from __future__ import annotations

import pulumi
import pulumi_databricks as databricks

from cube_access.connection import Connection, OAuthApp
from cube_access.databricks.grants import grant_read, read_privileges
from cube_access.databricks.membership import WorkspaceIdentity
from cube_access.databricks.oauth import OAuthIntegration, OAuthIntegrationArgs
from cube_access.databricks.preflight import check_exist
from cube_access.databricks.service_account import (
    ServiceAccount,
    ServiceAccountArgs,
    secret_document,
)
from cube_access.databricks.sql_warehouse import SqlWarehouseArgs, allow_use, sql_warehouse
from cube_access.guard import NEW_STACK, Guard
from cube_access.settings import DatabricksSettings

DRIVER = "databricks-jdbc"


class Environment(pulumi.ComponentResource):
    """Everything in Databricks that Cube's access needs; `connection` is what Cube needs to know of
    it.

    Signs in as the deployer whom DATABRICKS_* variables or a profile name, to the account console
    and to the workspace: a provider instance speaks to one host only.
    """

    connection: Connection

    def __init__(
        self, name: str, settings: DatabricksSettings, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("cube-access:databricks:Environment", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        place = Guard(
            f"{name}-place",
            what="the account or workspace of this environment",
            fixed={
                "account": settings.databricks_account_id,
                "workspace host": settings.databricks_workspace_host,
                "workspace id": settings.databricks_workspace_id,
            },
            protect=True,
            remedy=NEW_STACK,
            opts=child,
        )
        known = WorkspaceIdentity(
            f"{name}-workspace-id",
            host=settings.databricks_workspace_host,
            workspace_id=settings.databricks_workspace_id,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[place]),
        )
        account = databricks.Provider(
            f"{name}-account",
            host=settings.account_host,
            account_id=settings.databricks_account_id,
            opts=child,
        )
        host = settings.databricks_workspace_host
        workspace = databricks.Provider(f"{name}-workspace", host=f"https://{host}", opts=child)

        privileges = read_privileges(settings.schemas, settings.tables)
        found = check_exist(privileges, settings.sql_warehouse_id, settings.user_groups, workspace)
        # Whatever is made here takes its name from this, and so waits for the answer.
        base = found.apply(lambda _: settings.name)
        warehouse_id = sql_warehouse(
            name,
            SqlWarehouseArgs(
                existing_id=settings.sql_warehouse_id,
                name=base,
                size=settings.sql_warehouse_size,
                auto_stop_minutes=settings.sql_warehouse_auto_stop_minutes,
                max_clusters=settings.sql_warehouse_max_clusters,
                serverless=settings.sql_warehouse_serverless,
                tags=settings.tags,
            ),
            workspace=workspace,
            parent=self,
        )
        integration = OAuthIntegration(
            f"{name}-oauth",
            OAuthIntegrationArgs(
                name=base,
                workspace_host=host,
                redirect_uris=settings.redirect_uris,
                scopes=settings.oauth_scopes,
                confidential=settings.oauth_client_type == "confidential",
                access_token_minutes=settings.access_token_minutes,
                refresh_token_minutes=settings.refresh_token_minutes,
                single_use_refresh_tokens={"true": True, "false": False}.get(
                    settings.single_use_refresh_tokens
                ),
                protect=settings.protect,
            ),
            pulumi.ResourceOptions(parent=self, providers=[account], depends_on=[known]),
        )
        identity = ServiceAccountArgs(
            display_name=base,
            account_id=settings.databricks_account_id,
            workspace_host=host,
            workspace_id=settings.databricks_workspace_id,
            credential=settings.credential,
            credential_versions=settings.credential_versions,
            lifetime_days=settings.credential_lifetime_days,
            protect=settings.protect,
        )
        service_account = ServiceAccount(
            f"{name}-service",
            identity,
            account=account,
            workspace=workspace,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[known]),
        )
        grant_read(
            f"{name}-read",
            principal=service_account.application_id,
            privileges=privileges,
            workspace=workspace,
            parent=self,
            depends_on=service_account.ready,
        )
        allow_use(
            name,
            host=host,
            warehouse_id=warehouse_id,
            service_principal=service_account.principal,
            user_groups=settings.user_groups,
            parent=self,
            depends_on=service_account.ready,
        )

        url = pulumi.Output.format(
            "jdbc:databricks://{0}:443/default;transportMode=http;ssl=1;httpPath=/sql/1.0/warehouses/{1};AuthMech=3;UID=token",
            host,
            warehouse_id,
        )
        env: dict[str, pulumi.Input[str]] = {
            "CUBEJS_DB_TYPE": DRIVER,
            "CUBEJS_DB_DATABRICKS_URL": url,
            "CUBEJS_DB_DATABRICKS_ACCEPT_POLICY": "true",
            "CUBEJS_DB_DATABRICKS_CATALOG": settings.catalog,
        }
        if settings.credential == "m2m":
            # Not the names that Cube reads by itself: with those set, it
            # runs every user's query as the principal.
            env["CUBE_SERVICE_DATABRICKS_CLIENT_ID"] = service_account.application_id
            secret_env = {
                "CUBE_SERVICE_DATABRICKS_CLIENT_SECRET": service_account.credential_secret
            }
        else:
            secret_env = {"CUBEJS_DB_DATABRICKS_TOKEN": service_account.credential_secret}
        shape, document = secret_document(identity, service_account)
        lines = [f"{kind} ON {name}" for name, granted in privileges.items() for kind in granted]
        self.connection = Connection(
            driver=DRIVER,
            oauth_app=OAuthApp(
                name=settings.name,
                auth_url=integration.auth_url,
                token_url=integration.token_url,
                client_id=integration.client_id,
                client_secret=integration.client_secret,
                scopes=settings.oauth_scopes,
                redirect_uris=settings.redirect_uris,
            ),
            env=env,
            secret_env=secret_env,
            stored_secret=pulumi.Output.secret(document),
            stored_secret_type=shape,
            service_account_name=settings.name,
            service_account_id=service_account.application_id,
            service_account_key=service_account.application_id,
            privileges=[*lines, "CAN_USE ON SQL warehouse"],
            credential_expires=service_account.credential_expires,
        )
