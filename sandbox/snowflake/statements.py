"""A session's statements: what it is allowed, and what comes back.

Owns the session, the shape of a result and the choice of who answers which statement.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.snowflake.users import User

if TYPE_CHECKING:
    from sandbox.snowflake.state import Snowflake


@dataclass(eq=False)
class Session:
    id: int
    user: User
    role: str | None
    secondary_roles: str = "NONE"
    """ALL or NONE."""
    warehouse: str | None = None
    database: str | None = None
    schema: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    restricted: bool = False
    """An OAuth session keeps the role its token names."""
    implicit_secondary_roles: bool = False
    """Of a restricted session: whether its integration says IMPLICIT."""


@dataclass
class Column:
    name: str
    type: str = "TEXT"
    """TEXT, FIXED, REAL, BOOLEAN, DATE, TIME, TIMESTAMP_NTZ/_LTZ/_TZ, BINARY, VARIANT, ..."""
    nullable: bool = True
    precision: int | None = None
    scale: int | None = None
    length: int | None = None


@dataclass
class Result:
    columns: list[Column]
    rows: list[list[str | None]]
    """As on the wire: dates are days and timestamps are seconds since the epoch."""
    statement_type_id: int = 0x1000


class Statements:
    def __init__(self, state: "Snowflake") -> None:
        self.state = state

    def run(self, session: Session, sql: str, bindings: dict[str, Any] | None = None) -> Result:
        """One statement. `bindings` as clients send them: {"1": {"type": "TEXT", "value": ..}}."""
        raise NotImplementedError(sql[:80])
