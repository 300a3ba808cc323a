"""The sandbox's account, asked without the network between: fast, and the same answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
from snowflake.connector.errors import ProgrammingError

from cube_access.snowflake import session as sessions
from sandbox.snowflake.errors import SqlError
from sandbox.snowflake.session import Session
from sandbox.snowflake.state import Snowflake
from sandbox.snowflake.world import DEPLOYER
from tests.components.snowflake.role_world import World


class Cursor:
    def __init__(self, account: Account, role: str) -> None:
        self._account, self._role = account, role
        self.description: list[Any] = []

    def __enter__(self) -> Cursor:
        return self

    def __exit__(self, *_: object) -> None: ...

    def execute(self, statement: str, timeout: int) -> None:
        assert timeout > 0
        result = self._account.run(statement, self._role)
        self.description = [SimpleNamespace(name=column.name) for column in result.columns]
        ends = (n for start, n in self._account.ends.items() if statement.startswith(start))
        self._rows = result.rows[: next(ends, None)]

    def fetchall(self) -> list[Any]:
        return list(self._rows)


class Account:
    """One account, with what was asked of it."""

    def __init__(self) -> None:
        self.state = Snowflake()
        self.statements: list[str] = []
        self.sign_ins: list[str] = []
        self.refusals: dict[str, tuple[int, str]] = {}
        """Number and SQLSTATE, by how a statement begins."""
        self.ends: dict[str, int] = {}
        """After how many rows an answer ends, by how a statement begins."""
        self.warehouse = ""
        """Of the deployer's sessions."""
        self.before: Callable[[str], None] = lambda statement: None
        """Called with each statement, before it runs."""

    def run(self, statement: str, role: str) -> Any:
        self.before(statement)
        self.statements.append(statement)
        for start, (number, state) in self.refusals.items():
            if statement.startswith(start):
                raise ProgrammingError(msg="refused", errno=number, sqlstate=state)
        user = self.state.users.get(DEPLOYER)
        assert user
        try:
            with self.state.lock:
                return self.state.statements.run(
                    Session(1, user, role or "SECURITYADMIN", warehouse=self.warehouse), statement
                )
        except SqlError as error:
            raise ProgrammingError(
                msg=error.message, errno=error.code, sqlstate=error.sqlstate
            ) from None

    def by_hand(self, *statements: str, role: str = "ACCOUNTADMIN") -> None:
        """What somebody does without us."""
        user = self.state.users.get(DEPLOYER)
        assert user
        for statement in statements:
            session = Session(2, user, role, warehouse="COMPUTE_WH")
            self.state.statements.run(session, statement)

    @property
    def changes(self) -> list[str]:
        """GRANT and REVOKE, in their order."""
        return [each for each in self.statements if each.startswith(("GRANT", "REVOKE"))]

    def holds(self, name: str = "CUBE_DEV") -> set[str]:
        """What a role holds, as SHOW GRANTS tells it, by its canonical texts."""
        from cube_access.snowflake.holdings import read

        cancelled = Event()
        held = read(
            sessions.Session(
                SimpleNamespace(cursor=lambda: Cursor(self, "SECURITYADMIN")), cancelled
            ),
            f'ROLE "{name}"',
        )
        return {each.text for each in held.entries}


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    made = Account()

    def connect(name: str, role: str, sign_in: Any) -> Any:
        made.sign_ins.append(role)
        return SimpleNamespace(cursor=lambda: Cursor(made, role))

    monkeypatch.setattr(sessions, "_connect", connect)
    sessions.forget_sessions()
    yield made
    sessions.forget_sessions()


@pytest.fixture
def world(account: Account) -> World:
    return World(account)
