"""The two sign-ins, and a query that cannot write.

Owns what is sent. Databricks SQL has no transaction to roll back, and what EXPLAIN checks is not
documented: so the only statement there is a SELECT, and writes are judged from privileges.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from databricks.sdk import AccountClient, WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.service.sql import ExecuteStatementRequestOnWaitTimeout, StatementState

from cube_access.settings import DatabricksSettings
from cube_access.trouble import trouble
from cube_access.verify.deployed import CannotCheckError

HTTP_SECONDS, RETRY_SECONDS = 30, 60
# What Unity Catalog says to who lacks a privilege on the way, or on the table.
REFUSALS = re.compile(
    r"INSUFFICIENT_PERMISSIONS|PERMISSION_DENIED|_NOT_FOUND|NO_SUCH_\w+_EXCEPTION"
)
CONFIGURATION = re.compile(r"[.\s]*\bConfig: host=.*", re.DOTALL)
Step = Callable[[str], None]


class SignInError(CannotCheckError):
    """The service account cannot sign in."""

    def __init__(self, host: str, said: str) -> None:
        super().__init__(f"the service account cannot sign in to {host}: {said}")
        self.said = said


@dataclass(frozen=True)
class Answer:
    """Of a query: whether it read, and if not, why, and whether that was for want of rights."""

    read: bool
    reason: str = ""
    refused: bool = False
    value: str = field(default="", repr=False)
    """The first one of the first row."""


class Client:
    """One sign-in to the workspace."""

    def __init__(self, api: WorkspaceClient, step: Step) -> None:
        self.api, self.step = api, step
        self.trouble = ""
        """Why the way to Databricks is broken; empty while it is not."""

    def note(self, error: BaseException) -> None:
        """Remembers an error by which further calls, with all their retries, would be in vain; an
        endpoint that is out of order says nothing of the others.
        """
        found = trouble(error)
        answered = isinstance(error, DatabricksError) and found.kind not in ("rate", "sign-in")
        if not answered:
            self.trouble = without_configuration(found.said)

    def usable(self, warehouse_id: str) -> str:
        """Why a SQL warehouse runs nothing for this sign-in; empty if it does."""
        answer = self._ask("SELECT 1", warehouse_id)
        return "" if answer.read else f"the SQL warehouse runs nothing ({answer.reason})"

    def reads(self, name: str, kind: str, warehouse_id: str) -> Answer:
        """One row of a table, without its values; of a view none, for a view may be any query."""
        columns, rows = ("*", 0) if kind == "VIEW" else ("1", 1)
        statement = f"SELECT {columns} FROM {quoted(name)} LIMIT {rows}"  # noqa: S608 - quoted
        return self._ask(statement, warehouse_id)

    def value(self, statement: str, warehouse_id: str) -> str | Answer:
        """The one value that a SELECT without a table gives, or why it gives none."""
        answer = self._ask(statement, warehouse_id)
        return answer.value if answer.read else answer

    def _ask(self, statement: str, warehouse_id: str) -> Answer:
        if self.trouble:
            return Answer(False, f"not tried, after {self.trouble}")
        self.step(statement)
        try:
            done = self.api.statement_execution.execute_statement(
                statement,
                warehouse_id,
                wait_timeout="50s",
                on_wait_timeout=ExecuteStatementRequestOnWaitTimeout.CANCEL,
            )
        except (DatabricksError, OSError, ValueError) as error:
            self.note(error)
            return Answer(False, without_configuration(trouble(error).said))
        status = done.status
        if status and status.state is StatementState.SUCCEEDED:
            rows = (done.result.data_array if done.result else None) or [[""]]
            return Answer(True, value=str(rows[0][0]))
        reason = (status.error.message if status and status.error else None) or "no answer in time"
        return Answer(False, " ".join(reason.split()), bool(REFUSALS.search(reason)))


def without_configuration(said: str) -> str:
    """What Databricks said, without what its client appends: its own configuration."""
    return CONFIGURATION.sub("", said).removeprefix("None ")


def quoted(name: str) -> str:
    """A dotted name as SQL that means exactly it."""
    return ".".join(identifier(part) for part in name.split("."))


def identifier(name: str) -> str:
    """A name of one part, such as a principal's, as SQL that means exactly it."""
    return f"`{name.replace('`', '``')}`"


def service_account(
    settings: DatabricksSettings, document: Mapping[str, str], step: Step
) -> Client:
    """By what the store holds: an OAuth secret or a personal access token.

    Raises:
        SignInError: refused.
        CannotCheckError: out of reach.
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
        client = WorkspaceClient(config=config(settings.databricks_workspace_host, **how))
        client.current_user.me()
    except (DatabricksError, OSError, ValueError) as error:
        host, found = settings.databricks_workspace_host, trouble(error)
        said = without_configuration(found.said)
        if found.kind in ("rate", "transport"):
            raise CannotCheckError(f"{host} does not answer: {said}") from None
        raise SignInError(host, said) from None
    return Client(client, step)


def deployer(settings: DatabricksSettings, step: Step) -> tuple[Client, AccountClient]:
    """As `pulumi up` does, by DATABRICKS_* or a profile.

    Raises:
        CannotCheckError: refused, or out of reach.
    """
    step("signing in as the deployer")
    try:
        client = WorkspaceClient(config=config(settings.databricks_workspace_host))
        client.current_user.me()
        of_account = config(settings.account_host.removeprefix("https://"))
        of_account.account_id = settings.databricks_account_id
        account = AccountClient(config=of_account)
    except (DatabricksError, OSError, ValueError) as error:
        said = without_configuration(trouble(error).said)
        raise CannotCheckError(f"the deployer cannot sign in (docs/accounts.md): {said}") from None
    return Client(client, step), account


def config(host: str, **how: Any) -> Config:
    return Config(
        host=f"https://{host}",
        http_timeout_seconds=HTTP_SECONDS,
        retry_timeout_seconds=RETRY_SECONDS,
        **how,
    )
