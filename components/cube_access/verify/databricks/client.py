"""The two sign-ins, and a query that cannot write.

Owns what is sent. Databricks SQL has no transaction to roll back, and what EXPLAIN checks is not
documented: so the only statement there is a SELECT, and writes are judged from privileges.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from databricks.sdk import AccountClient, WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.errors import PermissionDenied
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.service.sql import ExecuteStatementRequestOnWaitTimeout, StatementState

from cube_access.settings import DatabricksSettings
from cube_access.verify.deployed import CannotCheckError

HTTP_SECONDS, RETRY_SECONDS = 30, 60
# What Unity Catalog says to who lacks a privilege on the way, or on the table.
REFUSALS = re.compile(
    r"INSUFFICIENT_PERMISSIONS|PERMISSION_DENIED|_NOT_FOUND|NO_SUCH_\w+_EXCEPTION"
)
Step = Callable[[str], None]


@dataclass(frozen=True)
class Answer:
    """Of a query: whether it read, and if not, why, and whether that was for want of rights."""

    read: bool
    reason: str = ""
    refused: bool = False


class Client:
    """One sign-in to the workspace."""

    def __init__(self, api: WorkspaceClient, step: Step) -> None:
        self.api, self.step = api, step

    def reads(self, name: str, kind: str, warehouse_id: str) -> Answer:
        """One row of a table, without its values; of a view none, for a view may be any query."""
        columns, rows = ("*", 0) if kind == "VIEW" else ("1", 1)
        statement = f"SELECT {columns} FROM {quoted(name)} LIMIT {rows}"  # noqa: S608 - quoted
        self.step(statement)
        try:
            status = self.api.statement_execution.execute_statement(
                statement,
                warehouse_id,
                wait_timeout="50s",
                on_wait_timeout=ExecuteStatementRequestOnWaitTimeout.CANCEL,
            ).status
        except PermissionDenied as error:
            return Answer(False, f"the SQL warehouse refuses: {error}")
        except DatabricksError as error:
            return Answer(False, str(error))
        if status and status.state is StatementState.SUCCEEDED:
            return Answer(True)
        reason = (status.error.message if status and status.error else None) or "no answer in time"
        return Answer(False, " ".join(reason.split()), bool(REFUSALS.search(reason)))


def quoted(name: str) -> str:
    """A dotted name as SQL that means exactly it."""
    return ".".join(f"`{part.replace('`', '``')}`" for part in name.split("."))


def service_account(
    settings: DatabricksSettings, document: Mapping[str, str], step: Step
) -> Client:
    """By what the store holds: an OAuth secret or a personal access token.

    Raises:
        CannotCheckError: refused, or out of reach.
    """
    how = {"auth_type": "pat", "token": document.get("token", "")}
    if "clientSecret" in document:
        how = {
            "auth_type": "oauth-m2m",
            "client_id": document["clientId"],
            "client_secret": document["clientSecret"],
        }
    step("signing in as the service account")
    try:
        client = WorkspaceClient(config=_config(settings.databricks_workspace_host, **how))
        client.current_user.me()
    except (DatabricksError, ValueError) as error:
        raise CannotCheckError(
            f"the service account cannot sign in to {settings.databricks_workspace_host}: {error}"
        ) from None
    return Client(client, step)


def deployer(settings: DatabricksSettings, step: Step) -> tuple[Client, AccountClient]:
    """As `pulumi up` does, by DATABRICKS_* or a profile.

    Raises:
        CannotCheckError: refused, or out of reach.
    """
    step("signing in as the deployer")
    try:
        client = WorkspaceClient(config=_config(settings.databricks_workspace_host))
        client.current_user.me()
        config = _config(settings.account_host.removeprefix("https://"))
        config.account_id = settings.databricks_account_id
        account = AccountClient(config=config)
    except (DatabricksError, ValueError) as error:
        raise CannotCheckError(f"the deployer cannot sign in (docs/accounts.md): {error}") from None
    return Client(client, step), account


def _config(host: str, **how: Any) -> Config:
    return Config(
        host=f"https://{host}",
        http_timeout_seconds=HTTP_SECONDS,
        retry_timeout_seconds=RETRY_SECONDS,
        **how,
    )
