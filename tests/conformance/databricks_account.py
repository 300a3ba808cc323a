"""A Databricks account and one workspace of it that are looked at, through the public SDK."""

from collections.abc import Callable, Iterable
from typing import Any

from databricks.sdk import AccountClient, WorkspaceClient
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.service import catalog, iam, sql
from databricks.sdk.service.oauth2 import CreateCustomAppIntegrationOutput, TokenAccessPolicy

from tests.conformance.probe import Account, CannotLookError

ACCEPTED = "accepted"
REDIRECT = "https://conformance.example.com/callback"


class DatabricksAccount(Account):
    """Signs in as the SDK does, from DATABRICKS_* variables or a profile."""

    def __init__(
        self, account_host: str, account_id: str, workspace_host: str, warehouse_id: str,
        catalog_name: str,
    ) -> None:  # fmt: skip
        super().__init__()
        self.account = AccountClient(host=account_host, account_id=account_id)
        self.workspace_host = workspace_host
        self.workspace = WorkspaceClient(host=workspace_host)
        self.warehouse_id, self.catalog = warehouse_id, catalog_name
        self.workspace_id = self.workspace.get_workspace_id()

    # What is made, and goes

    def principal(self, name: str = "SP") -> "Made":
        """In the account only; a second call with the same name makes a second one."""
        full = f"{self.prefix}{name}"
        self.afterwards(f"service principals {full}", lambda: self._drop_principals(full))
        made = self.account.service_principals.create(display_name=full, active=True)
        return Made(int(str(made.id)), str(made.application_id))

    def _drop_principals(self, name: str) -> None:
        found = list(self.account.service_principals.list(filter=f'displayName eq "{name}"'))
        for each in found:
            self.account.service_principals.delete(str(each.id))

    def app(self, name: str = "APP", **more: Any) -> CreateCustomAppIntegrationOutput:
        full = f"{self.prefix}{name}"
        self.afterwards(f"OAuth apps {full}", lambda: self._drop_apps(full))
        return self.account.custom_app_integration.create(
            name=full, redirect_urls=[REDIRECT], confidential=True, scopes=["sql"], **more
        )

    def _drop_apps(self, name: str) -> None:
        for each in list(self.account.custom_app_integration.list()):
            if each.name == name:
                self.account.custom_app_integration.delete(str(each.integration_id))

    def app_with(self, **policy: Any) -> bool:
        """Whether an app with this token policy is accepted."""
        made = lambda: self.app("POLICY", token_access_policy=TokenAccessPolicy(**policy))  # noqa: E731
        return outcome(made) == ACCEPTED

    def in_workspace(self, who: "Made") -> None:
        self.account.workspace_assignment.update(
            self.workspace_id, who.id, permissions=[iam.WorkspacePermission.USER]
        )
        for _ in range(30):  # the workspace hears of it late
            if outcome(lambda: self.workspace.service_principals.get(str(who.id))) == ACCEPTED:
                return
        raise CannotLookError("the workspace does not know the principal after 30 questions")

    def entitled(self, who: "Made", *entitlements: str) -> None:
        value = [{"value": each} for each in entitlements]
        patch = iam.Patch(op=iam.PatchOp.REPLACE, path="entitlements", value=value)
        schema = iam.PatchSchema.URN_IETF_PARAMS_SCIM_API_MESSAGES_2_0_PATCH_OP
        self.workspace.service_principals.patch(str(who.id), operations=[patch], schemas=[schema])

    def may_use_the_warehouse(self, who: "Made") -> None:
        entry = sql.WarehouseAccessControlRequest(
            service_principal_name=who.name, permission_level=sql.WarehousePermissionLevel.CAN_USE
        )
        self.workspace.warehouses.update_permissions(self.warehouse_id, access_control_list=[entry])

    def as_(self, who: "Made") -> WorkspaceClient:
        secret = self.account.service_principal_secrets.create(str(who.id)).secret
        return WorkspaceClient(
            host=self.workspace_host,
            client_id=who.name,
            client_secret=secret,
            auth_type="oauth-m2m",
        )

    def reader(self) -> tuple["Made", WorkspaceClient]:
        """A principal that may run SQL and read nothing, and its client."""
        who = self.principal("READER")
        self.in_workspace(who)
        self.entitled(who, "databricks-sql-access")
        self.may_use_the_warehouse(who)
        return who, self.as_(who)

    # What is looked at

    def read(self, path: str) -> dict[str, Any]:
        """Of the account's API, as it comes: the SDK leaves out what it does not know."""
        base = f"/api/2.0/accounts/{self.account.config.account_id}"
        found = self.account.api_client.do("GET", f"{base}/{path}")
        return found if isinstance(found, dict) else {}

    def permissions(self) -> dict[str, str]:
        """Of the SQL warehouse, by name: the direct entries."""
        found = self.workspace.warehouses.get_permissions(self.warehouse_id)
        return {
            str(e.user_name or e.group_name or e.service_principal_name): str(
                [p.permission_level for p in e.all_permissions or [] if not p.inherited]
            )
            for e in found.access_control_list or []
        }

    def grants(self) -> dict[str, frozenset[str]]:
        """On the catalog, by principal."""
        found = self.workspace.grants.get("catalog", self.catalog)
        return {
            str(each.principal): frozenset(str(p) for p in each.privileges or [])
            for each in found.privilege_assignments or []
        }

    def change(self, principal: str, add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        changes = catalog.PermissionsChange(
            principal=principal,
            add=[catalog.Privilege(each) for each in add],
            remove=[catalog.Privilege(each) for each in remove],
        )
        self.workspace.grants.update("catalog", self.catalog, changes=[changes])

    def granted(self, principal: str, *privileges: str) -> None:
        """On the catalog; revoked afterwards."""
        undo = lambda: outcome(lambda: self.change(principal, remove=privileges))  # noqa: E731
        self.afterwards(f"grants to {principal} on {self.catalog}", undo)
        self.change(principal, add=privileges)

    def run(self, client: WorkspaceClient, text: str, **parameters: str) -> str:
        """The first cell, or the error's condition."""
        sent = [sql.StatementParameterListItem(name=n, value=v) for n, v in parameters.items()]
        answer = client.statement_execution.execute_statement(
            text, self.warehouse_id, parameters=sent, wait_timeout="50s"
        )
        status = answer.status
        if status and status.error:
            return str(status.error.message)
        rows = answer.result.data_array if answer.result else None
        return str(rows[0][0]) if rows else ""


class Made:
    """A service principal: its id, and what grants call it."""

    def __init__(self, id_: int, name: str) -> None:
        self.id, self.name = id_, name


def outcome(call: Callable[[], object]) -> str:
    """ACCEPTED, or the error's kind."""
    try:
        call()
    except DatabricksError as error:
        return type(error).__name__
    return ACCEPTED
