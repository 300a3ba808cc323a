"""One signed-in client for each role of an account, in our plugin's process.

Owns how many statements run at once, how long one may take, and what a refusal means. What is asked
is the callers'.
"""

from __future__ import annotations

import inspect
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from threading import Event
from typing import Any

from cube_access.facts.snowflake_errors import REASONS, Reason, kind_of, said
from cube_access.offline import offline
from cube_access.provider.lifecycle import ProviderError, SignIn
from cube_access.snowflake.sign_in import PREFIX, connect_arguments

# An account that is out of reach must not look like a hang. The plugin's providers have the same.
LOGIN_SECONDS, REQUEST_SECONDS = 60, 300
AT_ONCE_VARIABLE = "CUBE_ACCESS_SNOWFLAKE_STATEMENTS"
AT_ONCE = 8
"""Statements of one session that run at the same time, unless the variable says otherwise."""

SESSION_PARAMETERS = {
    "CLIENT_TELEMETRY_ENABLED": False,
    # A deployer's or an account's own values would make a quoted name mean another one, and cut
    # answers short.
    "QUOTED_IDENTIFIERS_IGNORE_CASE": False,
    "ROWS_PER_RESULTSET": 0,
}

Row = Mapping[str, Any]

UNANSWERED: frozenset[Reason] = frozenset({"transport", "throttled", "cancelled"})
"""Reasons that are no answer of the account's: the same may work later."""


class SnowflakeError(ProviderError):
    """Snowflake did not do it; `reason` says in which way."""

    def __init__(self, text: str, reason: Reason) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True)
class Answer:
    """What became of a statement."""

    statement: str
    rows: Sequence[Row] = ()
    """By lower-case column name."""
    error: SnowflakeError | None = None


class Session:
    """Signed in once. Statements may come from several threads.

    Args:
        connection: of the connector.
        cancelled: no statement begins once this is set.
    """

    def __init__(self, connection: Any, cancelled: Event) -> None:
        self._connection, self._cancelled = connection, cancelled

    def rows(self, statement: str) -> Sequence[Row]:
        """What one statement gives.

        Raises:
            SnowflakeError: it was refused, or not answered.
        """
        answer = self.run([statement])[0]
        if answer.error:
            raise answer.error
        return answer.rows

    def run(
        self,
        statements: Sequence[str],
        *,
        step: Callable[[], None] = lambda: None,
        always: bool = False,
    ) -> list[Answer]:
        """What became of each, in their order; several run at once.

        Args:
            step: called after each.
            always: also after a cancel; for reading what was done until then.
        """

        def one(statement: str) -> Answer:
            if self._cancelled.is_set() and not always:
                return Answer(statement, error=SnowflakeError("cancelled", "cancelled"))
            try:
                return Answer(statement, self._execute(statement))
            except SnowflakeError as error:
                return Answer(statement, error=error)
            finally:
                step()

        if len(statements) < 2:
            return [one(each) for each in statements]
        with ThreadPoolExecutor(min(at_once(), len(statements))) as threads:
            return list(threads.map(one, statements))

    def _execute(self, statement: str) -> Sequence[Row]:
        from snowflake.connector.errors import Error

        try:
            with self._connection.cursor() as cursor:
                cursor.execute(statement, timeout=REQUEST_SECONDS)
                columns = [each.name.lower() for each in cursor.description or ()]
                return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
        except Error as error:
            raise explained(error) from None


def at_once() -> int:
    """How many statements run at the same time.

    Raises:
        ProviderError: the variable does not hold a number from 1 to 32.
    """
    given = os.environ.get(AT_ONCE_VARIABLE, "")
    if not given:
        return AT_ONCE
    if given.isdecimal() and 1 <= int(given) <= 32:
        return int(given)
    raise ProviderError(f"{AT_ONCE_VARIABLE} is {given!r}: it is a number from 1 to 32.")


def explained(error: Any) -> SnowflakeError:
    """An error of the connector's, by what it means. Its text has neither key nor token."""
    text = " ".join(said(error)) or type(error).__name__
    if kind := kind_of(error):
        return SnowflakeError(text, REASONS[kind])
    from snowflake.connector.errors import DatabaseError, OperationalError, TooManyRequests

    if isinstance(error, TooManyRequests):
        return SnowflakeError(text, "throttled")
    # The account's own refusals are DatabaseErrors; the connector's of the network are others.
    answered = isinstance(error, DatabaseError) and not isinstance(error, OperationalError)
    return SnowflakeError(text, "other" if answered else "transport")


# Signed in, or about to be

_sessions: dict[tuple[str, str, SignIn], Future[Any]] = {}
_lock = threading.Lock()


def session(account: str, role: str, sign_in: SignIn, cancelled: Event) -> Session:
    """The process's session in a role: the first caller signs in, the others wait for it.

    Args:
        account: as <organization>-<account name>.
        role: exact; empty: the deployer's own.

    Raises:
        SnowflakeError: refused, or out of reach. The next caller tries again.
    """
    key = (account, role, sign_in)
    with _lock:
        mine = key not in _sessions
        if mine:
            _sessions[key] = Future()
        future = _sessions[key]
    if mine:
        try:
            future.set_result(_connect(account, role, sign_in))
        except BaseException as error:
            with _lock:
                del _sessions[key]
            future.set_exception(error)
    return Session(future.result(), cancelled)


def forget_sessions() -> None:
    """Signs nobody in any more: for tests, whose account is another one each time."""
    with _lock:
        _sessions.clear()


def preload() -> None:
    """Begins to import the connector in the background, where the environment signs in to
    Snowflake: half a second, which passes while the engine starts the other plugins.
    """
    if not offline() and any(name.startswith(PREFIX) for name in os.environ):
        threading.Thread(target=_import_connector, daemon=True).start()


def _import_connector() -> None:
    # A deployment of another warehouse does not have it. Who needs it is told when it signs in.
    with suppress(ImportError):
        import snowflake.connector  # noqa: F401
    # The connector asks for it at each sign-in; the first takes a tenth of a second.
    inspect.stack()


def _connect(account: str, role: str, sign_in: SignIn) -> Any:
    # Imported here: half a second, which a process that asks nobody does without.
    import snowflake.connector
    from snowflake.connector.errors import Error

    arguments = connect_arguments(sign_in, role)
    try:
        return snowflake.connector.connect(
            account=account,
            login_timeout=LOGIN_SECONDS,
            network_timeout=REQUEST_SECONDS,
            client_session_keep_alive=False,
            session_parameters=SESSION_PARAMETERS,
            log_imported_packages_in_telemetry=False,
            # It would ask the machine's cloud where it runs, for telemetry.
            platform_detection_timeout_seconds=0.0,
            **arguments,
        )
    except Error as error:
        found = explained(error)
        reason: Reason = found.reason if found.reason in ("throttled", "transport") else "sign-in"
        who = f"in role {role}" if role else "in the deployer's default role"
        raise SnowflakeError(f"cannot sign in {who}: {found}", reason) from None
