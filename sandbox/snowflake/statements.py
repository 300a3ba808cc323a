"""A session's statements: who answers which.

Owns the choice by the first words, and what changes the session itself: USE and ALTER SESSION.
"""

import re
from collections.abc import Callable
from typing import Any

from sandbox.snowflake.account import Account
from sandbox.snowflake.describe import describe
from sandbox.snowflake.errors import SqlError, compilation, refused
from sandbox.snowflake.grants import grant, revoke
from sandbox.snowflake.inherited import grant_inherited, revoke_inherited, show_inherited
from sandbox.snowflake.kinds import SESSION_PARAMETERS
from sandbox.snowflake.objects import alter, create, drop
from sandbox.snowflake.policies import policy_references
from sandbox.snowflake.queries import Queries
from sandbox.snowflake.session import CONTROL, Column, Result, Session, status
from sandbox.snowflake.show import show
from sandbox.snowflake.syntax import Reader

__all__ = ["Column", "Result", "Session", "Statements"]

RELATION = re.compile(
    r"DROP\s+(TABLE|VIEW)\b|CREATE\s+(OR\s+REPLACE\s+)?"
    r"((SECURE|TRANSIENT|TEMPORARY|TEMP|LOCAL|GLOBAL|RECURSIVE|MATERIALIZED|DYNAMIC|ICEBERG)\s+)*"
    r"(TABLE|VIEW)\b",
    re.IGNORECASE,
)
TRANSACTIONS = ("BEGIN", "COMMIT", "ROLLBACK")
POLICIES = "SELECT * FROM TABLE ( SNOWFLAKE . INFORMATION_SCHEMA . POLICY_REFERENCES ("
DONE = "Statement executed successfully."
Answer = Callable[[Account, Session, Reader], Result]


class Statements:
    def __init__(self, state: Account) -> None:
        self.state = state
        self.queries = Queries(state)

    def run(self, session: Session, sql: str, bindings: dict[str, Any] | None = None) -> Result:
        """One statement. `bindings` as clients send them: {"1": {"type": "TEXT", "value": ..}}."""
        reader = Reader(sql)
        if reader.ended:
            raise SqlError(900, "42601", "SQL compilation error:\nEmpty SQL statement.")
        if session.role and not self.state.roles.may_use(session.user, session.role):
            message = f"Role '{session.role}' is no longer granted to the user of this session."
            raise refused(message)
        if any(reader.at(words) for words in TRANSACTIONS):
            return transaction(self.state, session, reader)
        if not is_relation(sql):
            for words, answer in ANSWERS.items():
                if reader.take(words):
                    return answer(self.state, session, reader)
        return self.queries.run(session, sql, bindings)


def is_relation(sql: str) -> bool:
    """CREATE and DROP of tables and views have sqlglot's grammar."""
    bare = re.sub(r"^(\s|--[^\n]*\n|/\*.*?\*/)+", "", sql, flags=re.DOTALL)
    return RELATION.match(bare) is not None


def use(state: Account, session: Session, reader: Reader) -> Result:
    if reader.take("ROLE"):
        use_role(state, session, reader.name()[0])
    elif reader.take("SECONDARY ROLES"):
        if session.restricted and not session.implicit_secondary_roles:
            raise restricted("USE SECONDARY ROLES")
        session.secondary_roles = reader.one_of("ALL", "NONE")
    elif reader.take("WAREHOUSE"):
        name = reader.name()[0]
        require_usage(state, session, "WAREHOUSE", (name,))
        session.warehouse = name
    else:
        use_place(state, session, reader)
    reader.finish()
    return status(DONE, CONTROL)


def use_role(state: Account, session: Session, name: str) -> None:
    if session.restricted:
        raise restricted("USE ROLE")
    if not state.roles.get(name):
        raise cannot()
    if not state.roles.may_use(session.user, name):
        message = f"Requested role '{name}' is not assigned to the executing user."
        raise SqlError(
            3013, "42501", f"SQL access control error:\n{message} Specify another role to activate."
        )
    session.role = name


def use_place(state: Account, session: Session, reader: Reader) -> None:
    schema = reader.take("SCHEMA")
    reader.take("DATABASE")
    name = reader.name()
    if schema or len(name) == 2:
        name = session.qualify(name, 2)
        require_usage(state, session, "DATABASE", name[:1])
        require_usage(state, session, "SCHEMA", name)
        session.database, session.schema = name
    else:
        require_usage(state, session, "DATABASE", name)
        public = state.catalog.find("SCHEMA", (name[0], "PUBLIC"))
        usable = public and state.roles.holds(session, "USAGE", public)
        session.database, session.schema = name[0], "PUBLIC" if usable else None


def require_usage(state: Account, session: Session, kind: str, name: tuple[str, ...]) -> None:
    one = state.catalog.find(kind, name)
    if not one or not state.roles.holds(session, "USAGE", one):
        raise cannot()


def cannot() -> SqlError:
    message = "Object does not exist, or operation cannot be performed."
    return compilation(message, 2043, "02000")


def restricted(action: str) -> SqlError:
    message = f"Current session is restricted. {action} not allowed."
    return SqlError(3107, "42501", f"SQL execution error: {message}")


def alter_session(state: Account, session: Session, reader: Reader) -> Result:
    if reader.take("UNSET"):
        for key in reader.rest():
            session.parameters.pop(key, None)
        return status(DONE, CONTROL)
    reader.expect("SET")
    changes = reader.properties()
    reader.finish()
    for key in changes:
        # Clients set parameters of their own that the documentation does not list.
        known = key in SESSION_PARAMETERS or key.startswith(("CLIENT_", "JS_", "PYTHON_", "GO_"))
        if not known:
            raise compilation(f"invalid parameter '{key}'", 1006, "22023")
    session.parameters |= changes
    return status(DONE, CONTROL)


def transaction(state: Account, session: Session, reader: Reader) -> Result:
    """Every statement commits, so a ROLLBACK is emulated where there is nothing to take back."""
    if reader.take("ROLLBACK"):
        if session.changed:
            raise NotImplementedError("ROLLBACK of changed rows")
    else:
        reader.one_of("BEGIN", "COMMIT")
    session.changed = False
    return status(DONE, CONTROL)


ANSWERS: dict[str, Answer] = {
    "SHOW INHERITED GRANTS": show_inherited,
    "SHOW": show,
    "DESCRIBE": describe,
    "DESC": describe,
    "GRANT INHERITED": grant_inherited,
    "REVOKE INHERITED": revoke_inherited,
    "GRANT": grant,
    "REVOKE": revoke,
    "USE": use,
    "ALTER SESSION": alter_session,
    "ALTER": alter,
    "CREATE": create,
    "DROP": drop,
    POLICIES: policy_references,
}
