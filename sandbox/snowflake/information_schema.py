"""INFORMATION_SCHEMA: the views every database has about itself.

Owns their columns and rows. A role finds there only what it may see.
"""

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from sandbox.snowflake.account import Account
from sandbox.snowflake.catalog import QUERIED, RELATIONS, STORED
from sandbox.snowflake.errors import compilation
from sandbox.snowflake.grants import owner_grants, snake
from sandbox.snowflake.securables import Securable, dotted
from sandbox.snowflake.session import Column, Session

Columns = Callable[[Session, Securable], list[Column]]
DATA_TYPES = {"FIXED": "NUMBER", "REAL": "FLOAT"}
TABLE_TYPES = {"DYNAMIC TABLE": "BASE TABLE"}
VIEWS = {
    "DATABASES": "DATABASE_NAME DATABASE_OWNER COMMENT",
    "SCHEMATA": "CATALOG_NAME SCHEMA_NAME SCHEMA_OWNER COMMENT",
    "TABLES": "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER TABLE_TYPE ROW_COUNT COMMENT",
    "VIEWS": "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER VIEW_DEFINITION IS_SECURE COMMENT",
    "COLUMNS": "TABLE_CATALOG TABLE_SCHEMA TABLE_NAME COLUMN_NAME ORDINAL_POSITION "
    "COLUMN_DEFAULT IS_NULLABLE DATA_TYPE CHARACTER_MAXIMUM_LENGTH NUMERIC_PRECISION "
    "NUMERIC_SCALE COMMENT IS_IDENTITY IDENTITY_GENERATION IDENTITY_START IDENTITY_INCREMENT "
    "IDENTITY_MAXIMUM IDENTITY_MINIMUM IDENTITY_CYCLE IDENTITY_ORDERED DATA_TYPE_ALIAS",
    "OBJECT_PRIVILEGES": "GRANTOR GRANTEE GRANTED_TO OBJECT_CATALOG OBJECT_SCHEMA OBJECT_NAME "
    "OBJECT_TYPE PRIVILEGE_TYPE IS_GRANTABLE",
    # Keys are not emulated, so these are empty; clients ask for them all the same.
    "TABLE_CONSTRAINTS": "CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_NAME TABLE_CATALOG "
    "TABLE_SCHEMA TABLE_NAME CONSTRAINT_TYPE",
    "REFERENTIAL_CONSTRAINTS": "CONSTRAINT_CATALOG CONSTRAINT_SCHEMA CONSTRAINT_NAME "
    "UNIQUE_CONSTRAINT_CATALOG UNIQUE_CONSTRAINT_SCHEMA UNIQUE_CONSTRAINT_NAME",
}


def metadata(
    state: Account, session: Session, name: tuple[str, ...], columns: Columns
) -> exp.Subquery:
    """One of these views as a query over literal rows."""
    if name[2] not in VIEWS:
        raise compilation(
            f"Object '{dotted(name)}' does not exist or not authorized.", 2003, "42S02"
        )
    names = VIEWS[name[2]].split()
    rows = view_rows(state, session, name[0], name[2], columns)
    selects = [
        exp.select(
            *(exp.alias_(exp.convert(v), n, quoted=True) for n, v in zip(names, row, strict=True))
        )
        for row in rows or [[None] * len(names)]
    ]
    query: exp.Query = selects[0]
    for more in selects[1:]:
        query = exp.Union(this=query, expression=more, distinct=False)
    if not rows:
        query = selects[0].where("FALSE")
    return exp.Subquery(this=query)


def view_rows(
    state: Account, session: Session, database: str, view: str, columns: Columns
) -> list[list[Any]]:
    def seen(kind: str) -> list[Securable]:
        inside = () if kind == "DATABASE" else (database,)
        return [
            one
            for one in state.catalog.of_kind(kind, inside)
            if state.roles.sees(session, one) and state.roles.reaches(session, one)
        ]

    def owner(one: Securable) -> str | None:
        return one.owner.simple_name if one.owner else None

    if view == "DATABASES":
        return [[d.simple_name, owner(d), d.comment] for d in seen("DATABASE")]
    if view == "SCHEMATA":
        return [[*s.name, owner(s), s.comment] for s in seen("SCHEMA")]
    if view == "TABLES":
        count = state.rows.count
        tables = [
            [*t.name, owner(t), "BASE TABLE", count(t), t.comment]
            for kind in STORED
            for t in seen(kind)
        ]
        return tables + [
            [*v.name, owner(v), TABLE_TYPES.get(kind, kind), None, v.comment]
            for kind in QUERIED
            for v in seen(kind)
        ]
    if view == "VIEWS":
        return [
            [*v.name, owner(v), v.text("TEXT"), "YES" if v.flag("SECURE") else "NO", v.comment]
            for v in seen("VIEW")
        ]
    if view == "COLUMNS":
        return [
            [*one.name, c.name, number, None, "YES", DATA_TYPES.get(c.type, c.type), c.length,
             c.precision, c.scale if c.type == "FIXED" else None, None, "NO", *[None] * 7, None]
            for one in [each for kind in RELATIONS for each in seen(kind)]
            for number, c in enumerate(columns(session, one), start=1)
        ]  # fmt: skip
    if view == "OBJECT_PRIVILEGES":
        return privilege_rows(state, session, database)
    return []


def privilege_rows(state: Account, session: Session, database: str) -> list[list[Any]]:
    """Of objects on which the session's own roles have a privilege: MANAGE GRANTS shows none."""
    roles = state.roles.active(session)
    inside = [one for one in state.catalog.everything() if one.name[:1] == (database,)]
    found = []
    for one in (each for each in inside if each.kind == "DATABASE" or len(each.name) > 1):
        grants = owner_grants([one]) + one.grants
        if one.kind != "DATABASE ROLE" and any(g.to in roles for g in grants):
            place = [*one.name[:-1], None, None][:2]
            found += [
                [g.by, g.to.simple_name, snake(g.to.kind), *place, one.simple_name, one.kind,
                 g.privilege, "YES" if g.option else "NO"]
                for g in grants
            ]  # fmt: skip
    return found
