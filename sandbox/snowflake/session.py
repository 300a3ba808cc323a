"""A session, and the shape of what its statements answer.

Owns data only: signing in is `credentials.py`'s, running is `statements.py`'s.
"""

import time
from dataclasses import dataclass, field
from typing import Any

from sandbox.snowflake.errors import SqlError
from sandbox.snowflake.users import User

QUERY, INSERT, UPDATE, DELETE, MERGE = 0x1000, 0x3100, 0x3200, 0x3300, 0x3400
CONTROL, DDL = 0x4000, 0x6000
TIMES = ("created_on", "resumed_on", "updated_on", "last_success_login", "expires_at_time")
NUMBERS = (
    "assigned_to_users", "granted_to_roles", "granted_roles", "granted_to_database_roles",
    "granted_database_roles", "min_cluster_count", "max_cluster_count", "started_clusters",
    "running", "queued", "auto_suspend", "query_acceleration_max_scale_factor", "rows", "bytes",
)  # fmt: skip


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
    changed: bool = False
    """Whether rows were changed since the last BEGIN."""
    implicit_secondary_roles: bool = False
    """Of a restricted session: whether its integration says IMPLICIT."""

    def qualify(self, name: tuple[str, ...], depth: int) -> tuple[str, ...]:
        """Fill up from the current database and schema."""
        if len(name) > depth:
            raise SqlError(1003, "42000", f"SQL compilation error:\ninvalid name '{name}'")
        current = (self.database, self.schema)[: depth - 1]
        missing = current[: depth - len(name)]
        for what, value in zip(("database", "schema"), missing, strict=False):
            if not value:
                message = (
                    f"Cannot perform operation. This session does not have a current {what}. "
                    f"Call 'USE {what.upper()}', or use a qualified name."
                )
                raise SqlError(90105, "22000", message)
        return (*(one for one in missing if one), *name)


@dataclass
class Column:
    name: str
    type: str = "TEXT"
    """TEXT, FIXED, REAL, BOOLEAN, DATE, TIME, TIMESTAMP_NTZ/_LTZ, BINARY, VARIANT, ..."""
    nullable: bool = True
    precision: int | None = None
    scale: int | None = None
    length: int | None = None


@dataclass
class Result:
    columns: list[Column]
    rows: list[list[str | None]]
    """As on the wire: dates are days and timestamps are seconds since the epoch."""
    statement_type_id: int = QUERY


def status(text: str, kind: int = DDL) -> Result:
    return Result([Column("status", length=16777216)], [[text]], kind)


def listing(columns: str, rows: list[list[Any]]) -> Result:
    """What SHOW and DESCRIBE answer; times are given as seconds, booleans become words."""
    described = [shown(name.replace("~", " ")) for name in columns.split()]
    return Result(described, [[wire(v) for v in row] for row in rows], CONTROL)


def shown(name: str) -> Column:
    if name in TIMES:
        return Column(name, "TIMESTAMP_LTZ", precision=0, scale=3)
    if name in NUMBERS or name.startswith("entries_in_"):
        return Column(name, "FIXED", precision=38, scale=0)
    return Column(name, length=16777216)


def wire(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def moment(seconds: float) -> str:
    """A time where SHOW gives it as text."""
    return time.strftime("%Y-%m-%d %H:%M:%S.000 -0000", time.gmtime(seconds))
