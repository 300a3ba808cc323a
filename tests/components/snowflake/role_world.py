"""A role of the sandbox's account, and the resource that keeps its privileges."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING

from cube_access.provider.lifecycle import HalfDoneError, Values
from cube_access.snowflake.privileges import GRANTED
from cube_access.snowflake.role_privileges import RolePrivilegesLifecycle

if TYPE_CHECKING:
    from tests.components.snowflake.conftest import Account

SALES = [
    'SELECT ON ALL AND FUTURE TABLES IN SCHEMA "ANALYTICS"."SALES"',
    'SELECT ON ALL AND FUTURE VIEWS IN SCHEMA "ANALYTICS"."SALES"',
    'USAGE ON DATABASE "ANALYTICS"',
    'USAGE ON SCHEMA "ANALYTICS"."SALES"',
    'USAGE ON WAREHOUSE "COMPUTE_WH"',
]
WHOLE = [
    'SELECT ON ALL AND FUTURE TABLES IN DATABASE "ANALYTICS"',
    'SELECT ON ALL AND FUTURE VIEWS IN DATABASE "ANALYTICS"',
    'USAGE ON ALL AND FUTURE SCHEMAS IN DATABASE "ANALYTICS"',
    'USAGE ON DATABASE "ANALYTICS"',
    'USAGE ON WAREHOUSE "COMPUTE_WH"',
]
ORDERS = 'SELECT ON TABLE "ANALYTICS"."SALES"."ORDERS"'


def inputs(*texts: str, extra: str = "revoke", role: str = "CUBE_DEV") -> Values:
    return {
        "account": "SANDBOX-ANALYTICS",
        "role": role,
        "roleKind": "ROLE",
        "privileges": dict.fromkeys(texts, GRANTED),
        "extraPrivileges": extra,
        "signInRole": "SECURITYADMIN",
    }


class Heard:
    """What a resource said."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def progress(self, text: str) -> None: ...

    def warn(self, text: str) -> None:
        self.warnings.append(text)


class World:
    """A role, and the resource that keeps its privileges."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.cancelled = Event()
        self.heard = Heard()
        self.lifecycle = RolePrivilegesLifecycle(None, self.cancelled, self.heard)  # type: ignore[arg-type]
        self.outputs: Values = {}
        self.inputs: Values = {}
        account.by_hand("CREATE ROLE CUBE_DEV", role="USERADMIN")

    def up(self, news: Values) -> list[str]:
        """What one `up` runs, as the engine calls it."""
        self.account.statements.clear()
        try:
            if not self.outputs:
                _, self.outputs = self.lifecycle.create(news)
            elif self.lifecycle.diff("id", self.outputs, news).changed:
                self.outputs = self.lifecycle.update("id", self.outputs, news)
        except HalfDoneError as error:
            self.outputs = error.outputs
            raise
        finally:
            self.inputs = news
        return self.account.changes

    def refresh(self) -> dict[str, str]:
        """What a refresh finds, besides what is granted."""
        self.lifecycle.inputs = self.inputs
        found = self.lifecycle.read("id", self.outputs)
        assert found is not None
        self.outputs = found
        return self.differs()

    def differs(self) -> dict[str, str]:
        return dict(self.lifecycle.diff("id", self.outputs, self.inputs).detailed)
