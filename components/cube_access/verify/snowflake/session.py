"""A sign-in that can look and try, and cannot change anything.

Owns the list of statements that may be run: every other one is refused here, before it is sent. A
write is tried on no rows, in a transaction that is rolled back; DDL, GRANT and REVOKE commit by
themselves in Snowflake, so there is no form for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import snowflake.connector
from cryptography.hazmat.primitives import serialization
from pydantic import SecretStr
from snowflake.connector.errors import Error, ProgrammingError

from cube_access.facts.identifiers import QUOTED, plain, quoted
from cube_access.facts.snowflake_errors import is_refusal, said
from cube_access.provider.lifecycle import ProviderError, SignIn
from cube_access.snowflake.sign_in import connect_arguments
from cube_access.verify.deployed import CannotCheckError

NAME = rf"{QUOTED}(?:\.{QUOTED})*"
TRY = rf"\((SELECT 1 FROM {NAME} LIMIT 1|SELECT 1 FROM \(SELECT \* FROM {NAME} LIMIT 0\))\)"
LITERAL = r"'(?:[^'\\]|''|\\\\)*'"
POLICIES = (
    "SELECT * FROM TABLE(SNOWFLAKE.INFORMATION_SCHEMA.POLICY_REFERENCES("
    "REF_ENTITY_NAME => {}, REF_ENTITY_DOMAIN => 'USER'))"
)
"""The policies that a user has, by its quoted name as a literal."""
LOOKS = re.compile(
    rf"(SHOW( FUTURE)? GRANTS (TO|OF|IN|ON) [A-Z ]+ {NAME}|SHOW GRANTS ON ACCOUNT"
    rf"|SHOW SECURITY INTEGRATIONS|SHOW PARAMETERS LIKE '[A-Z_]+' IN (ACCOUNT|USER {NAME})"
    rf"|SHOW USER (PROGRAMMATIC ACCESS TOKENS|WORKLOAD IDENTITY AUTHENTICATION METHODS)"
    rf" FOR USER {NAME}|{re.escape(POLICIES).replace(re.escape('{}'), LITERAL)}"
    rf"|DESCRIBE (SECURITY INTEGRATION|(NETWORK|AUTHENTICATION) POLICY) {NAME}"
    rf"|SHOW (TABLES|VIEWS|SCHEMAS) IN (ACCOUNT|DATABASE {NAME}|SCHEMA {NAME}) LIMIT \d+"
    rf"|SHOW DATABASES LIKE {LITERAL}|SHOW USER FUNCTIONS IN SCHEMA {NAME}"
    rf"|SHOW ROLES LIMIT \d+|DESCRIBE USER {NAME}"
    rf"|SELECT CURRENT_[A-Z_]+\(\)(, CURRENT_[A-Z_]+\(\))*"
    rf"|SELECT (1|\*) FROM {NAME} LIMIT [01]|{TRY}( UNION ALL {TRY})*"
    rf"|USE (ROLE|WAREHOUSE) {NAME}|USE SECONDARY ROLES (ALL|NONE)|BEGIN|ROLLBACK)"
)
WRITES = re.compile(
    rf"(INSERT INTO (?P<into>{NAME}) SELECT \* FROM (?P=into)|DELETE FROM {NAME}"
    rf"|UPDATE {NAME} SET (?P<column>{QUOTED}) = (?P=column)) WHERE FALSE"
)
NOT_FROM_HERE = "is not allowed to access Snowflake"
"""By what a sign-in is known that a network policy refuses: the connector hides its number."""
LOGIN_SECONDS, NETWORK_SECONDS = 60, 120

Row = dict[str, Any]


@dataclass(frozen=True)
class Begun:
    """What a session began with."""

    role: str
    warehouse: str
    problems: Sequence[str]
    """What it cannot take of what it ought to have, and why."""


class UnsafeStatementError(Exception):
    """A statement that could change something."""


class NotFromHereError(CannotCheckError):
    """A network policy refuses the sign-in."""


class Session:
    def __init__(
        self, connection: snowflake.connector.SnowflakeConnection, step: Callable[[str], None]
    ) -> None:
        self._connection, self._step = connection, step
        self._in_transaction = False

    def close(self) -> None:
        self._connection.close()

    def rows(self, statement: str) -> list[Row]:
        """By lower-case column name.

        Raises:
            ProgrammingError: Snowflake refused it.
        """
        require_safe(statement, in_transaction=self._in_transaction)
        self._step(statement)
        cursor = self._connection.cursor(snowflake.connector.DictCursor)
        with cursor:
            cursor.execute(statement)
            found = cursor.fetchall()
        return [{str(key).lower(): value for key, value in dict(row).items()} for row in found]

    def begin(self, role: Sequence[str], warehouse: str) -> Begun:
        """Looks at what the session begins with, and takes these where it is another."""
        answer = self.rows("SELECT CURRENT_ROLE(), CURRENT_WAREHOUSE()")[0]
        found = (str(answer["current_role()"]), str(answer["current_warehouse()"] or ""))
        problems = []
        for word, was, wanted in zip(
            ("ROLE", "WAREHOUSE"), found, (role[0], warehouse), strict=True
        ):
            try:
                if was != wanted:
                    self.rows(f"USE {word} {quoted(wanted)}")
            except ProgrammingError as error:
                problems.append(f"{word.lower()} {plain(wanted)} ({reason(error)})")
        return Begun(*found, problems)

    def refused(self, statement: str) -> bool:
        """Whether it is refused for want of rights.

        Raises:
            ProgrammingError: it fails for another reason, which proves nothing.
        """
        try:
            self.rows(statement)
        except ProgrammingError as error:
            if is_refusal(error):
                return True
            raise
        return False

    def writes_refused(self, table: Sequence[str], column: str) -> Mapping[str, bool]:
        """For INSERT, UPDATE and DELETE, each tried on no rows, and undone."""
        name = quoted(*table)
        statements = {
            "INSERT": f"INSERT INTO {name} SELECT * FROM {name} WHERE FALSE",
            "UPDATE": f"UPDATE {name} SET {quoted(column)} = {quoted(column)} WHERE FALSE",
            "DELETE": f"DELETE FROM {name} WHERE FALSE",
        }
        self.rows("BEGIN")
        self._in_transaction = True
        try:
            return {word: self.refused(statement) for word, statement in statements.items()}
        finally:
            self._in_transaction = False
            self.rows("ROLLBACK")

    def columns(self, relation: Sequence[str]) -> list[str]:
        """Asked for by a query without rows: DESCRIBE is not refused to who may not read."""
        statement = f"SELECT * FROM {quoted(*relation)} LIMIT 0"
        require_safe(statement, in_transaction=False)
        self._step(statement)
        with self._connection.cursor() as cursor:
            cursor.execute(statement)
            return [each.name for each in cursor.description or ()]


def reason(error: Exception) -> str:
    """The last line of what Snowflake says: those before it name the kind of error."""
    return (said(error) or ["no reason given"])[-1]


def require_safe(statement: str, *, in_transaction: bool) -> None:
    """Raises UnsafeStatementError for whatever is not one of the known forms."""
    if LOOKS.fullmatch(statement) or (in_transaction and WRITES.fullmatch(statement)):
        return
    raise UnsafeStatementError(f"not a statement of a verification: {statement}")


def sign_in(account: str, user: str, pem: str, step: Callable[[str], None]) -> Session:
    """By key pair, in the user's default role.

    Raises:
        CannotCheckError: refused, or out of reach.
    """
    try:
        key = serialization.load_pem_private_key(pem.encode(), None).private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    except (ValueError, TypeError):
        raise CannotCheckError(f"the key of {user} is not an unencrypted PEM key.") from None
    try:
        return _connected(account, {"user": user, "private_key": key}, step)
    except NotFromHereError as error:
        raise CannotCheckError(
            f"{error} Or let the deployer look alone: --without-sign-in."
        ) from None


def deployers(account: str, role: str, step: Callable[[str], None]) -> Session:
    """As `pulumi up` signs in: by SNOWFLAKE_* or a profile.

    Args:
        role: empty: the deployer's own.

    Raises:
        CannotCheckError: nothing says who signs in, it is refused, or out of reach.
    """
    try:
        arguments = connect_arguments(SignIn(), role)
    except ProviderError as error:
        raise CannotCheckError(f"the deployer cannot sign in: {error}") from None
    if not arguments.get("user"):
        raise CannotCheckError(
            "the deployer's look needs a sign-in as `pulumi up` does: SNOWFLAKE_USER and "
            "SNOWFLAKE_PRIVATE_KEY, or a profile (docs/accounts.md)."
        )
    return _connected(account, arguments, step)


def persons(account: str, token: SecretStr, step: Callable[[str], None], role: str = "") -> Session:
    """By an access token of an OAuth app, or a token of Cube Cloud's own.

    Args:
        role: of the session; empty: the one of an OAuth app's token, or else the person's default.

    Raises:
        CannotCheckError: refused, or out of reach.
    """
    who = {"authenticator": "oauth", "token": token.get_secret_value()}
    if role:
        who["role"] = quoted(role)
    try:
        return _connected(account, who, step, name="the person")
    except NotFromHereError:
        raise
    except CannotCheckError as error:
        raise CannotCheckError(
            f"{error} An access token lives ten minutes, Cube Cloud's own an hour."
        ) from None


def _connected(
    account: str, who: Mapping[str, Any], step: Callable[[str], None], *, name: str = ""
) -> Session:
    user = name or who["user"]
    step(f"signing in as {user}")
    try:
        connection = snowflake.connector.connect(
            account=account,
            login_timeout=LOGIN_SECONDS,
            network_timeout=NETWORK_SECONDS,
            **who,
        )
    except Error as error:
        why = str(error.msg or error).strip().splitlines()[0]
        what = f"{user} cannot sign in to {account}: {why}"
        if NOT_FROM_HERE in why:
            raise NotFromHereError(
                f"{what} Verify from an address of the network policy that holds for {user}."
            ) from None
        raise CannotCheckError(what) from None
    return Session(connection, step)
