"""Queries and changes of rows, as the session's role.

Owns the rows (DuckDB), tables and views, and which privilege every table in a statement needs.
A view runs with its owner's privileges; a table has a plain name of its own in DuckDB, since
DuckDB ignores case and has no databases.
"""

import itertools
from dataclasses import replace
from typing import Any

import duckdb
from sqlglot import exp

from sandbox.functions import is_with_name
from sandbox.rows import connect, duckdb_sql
from sandbox.snowflake.account import Account
from sandbox.snowflake.catalog import QUERIED, RELATIONS, STORED
from sandbox.snowflake.context import call_context
from sandbox.snowflake.errors import SqlError, compilation, denied, exists, missing
from sandbox.snowflake.information_schema import metadata
from sandbox.snowflake.securables import Securable, dotted
from sandbox.snowflake.session import (
    DELETE,
    INSERT,
    MERGE,
    QUERY,
    UPDATE,
    Column,
    Result,
    Session,
    status,
)
from sandbox.snowflake.trees import (
    asks_policies,
    bind,
    check_calls,
    fold,
    has_property,
    name_projections,
    parse,
    privileges_for,
    relation_kind,
)
from sandbox.snowflake.values import cell, column

CHANGES: dict[type[exp.Expr], tuple[int, str]] = {
    exp.Insert: (INSERT, "number of rows inserted"),
    exp.Update: (UPDATE, "number of rows updated"),
    exp.Delete: (DELETE, "number of rows deleted"),
    exp.Merge: (MERGE, "number of rows inserted"),
}
KEPT = {"this", "db", "catalog", "alias", "joins"}
"""What is read of a table in FROM; SAMPLE, AT and the like would be left out."""


class Queries:
    def __init__(self, state: Account) -> None:
        self.state = state
        self._duckdb = connect()
        # A schema of their own, so that no name in a query finds them by itself.
        self._duckdb.execute("CREATE SCHEMA stored")
        self._names: dict[Securable, str] = {}
        self._numbers = itertools.count(1)

    def run(self, session: Session, sql: str, bindings: dict[str, Any] | None) -> Result:
        tree = parse(sql)
        check_calls(tree)
        bind(tree, bindings or {})
        name_projections(tree)
        fold(tree)
        if isinstance(tree, exp.Create):
            return self._create(session, tree, sql)
        if isinstance(tree, exp.Drop):
            return self._drop(session, tree)
        if isinstance(tree, exp.TruncateTable):
            target = self._target(session, tree.expressions[0], "TRUNCATE")
            self._execute(f"DELETE FROM {self._names[target]}")  # noqa: S608 - our own name
            return status("Statement executed successfully.")
        if type(tree) in CHANGES:
            return self._change(session, tree)
        if isinstance(tree, exp.Query):
            return self._select(session, tree)
        raise NotImplementedError(sql[:80])

    def load(self, name: tuple[str, ...], columns: str, rows: str) -> None:
        """By hand: a table that is in the catalog gets its columns and rows, in DuckDB's SQL."""
        place = self._place(self.state.catalog.get("TABLE", name))
        self._duckdb.execute(f"CREATE TABLE {place} ({columns})")
        self._duckdb.execute(f"INSERT INTO {place} VALUES {rows}")  # noqa: S608 - our own rows

    def forget(self, one: Securable) -> None:
        place = self._names.pop(one, None)
        if place:
            self._duckdb.execute(f"DROP TABLE IF EXISTS {place}")

    def count(self, table: Securable) -> int:
        place = self._names.get(table)
        found = self._duckdb.execute(f"SELECT count(*) FROM {place}").fetchone()  # noqa: S608
        return int(found[0]) if found else 0

    def columns(self, session: Session, one: Securable) -> list[Column]:
        """Of a table or view, with their names as written."""
        place = self._names[one] if one.kind in STORED else self._view(session, one)
        sql = duckdb_sql(exp.select("*").from_(place))
        return [column(name, kind) for name, kind in self._types(sql)]

    # Reading

    def _select(self, session: Session, tree: exp.Expr) -> Result:
        if any(True for _ in tree.find_all(exp.Table)) and not asks_policies(tree):
            self._require_warehouse(session)
        prepared = self._prepare(session, session, tree)
        rows, described = self._fetch(duckdb_sql(prepared))
        columns = [column(name, kind) for name, kind in described]
        return Result(columns, [[cell(v) for v in row] for row in rows], QUERY)

    def _prepare(self, session: Session, me: Session, tree: exp.Expr) -> exp.Expr:
        """For DuckDB: real tables, expanded views, and who `me` is as literals."""
        call_context(self.state, me, tree)
        for table in list(tree.find_all(exp.Table)):
            if isinstance(table.this, exp.Func) or is_with_name(table):
                continue
            table.replace(self._source(session, me, table))
        for one in tree.find_all(exp.Column):
            one.set("db", None)
            one.set("catalog", None)
        for cast in tree.find_all(exp.Cast):
            # A text out of JSON has no quotes here, unlike in DuckDB.
            if isinstance(cast.this, exp.JSONExtract) and cast.to.this in exp.DataType.TEXT_TYPES:
                path = cast.this.expression
                cast.set("this", exp.JSONExtractScalar(this=cast.this.this, expression=path))
        return tree

    def _source(self, session: Session, me: Session, table: exp.Table) -> exp.Expr:
        name = session.qualify(tuple(p.name for p in table.parts), 3)
        alias = table.alias or table.name
        if left_out := {k for k, v in table.args.items() if v} - KEPT:
            raise NotImplementedError(f"{table.sql(dialect='snowflake')}: {sorted(left_out)[0]}")
        if name[1] == "INFORMATION_SCHEMA":
            self.state.roles.get_visible(session, "DATABASE", name[:1])
            found: exp.Expr = metadata(self.state, me, name, self.columns)
        else:
            one = self._readable(session, name)
            found = self._view(me, one) if one.kind in QUERIED else exp.to_table(self._names[one])
        found.set("alias", exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
        found.set("joins", table.args.get("joins"))
        return found

    def _readable(self, session: Session, name: tuple[str, ...]) -> Securable:
        one = self._reach(session, name)
        self.state.roles.require(session, "SELECT", one)
        return one

    def _reach(self, session: Session, name: tuple[str, ...]) -> Securable:
        """What is seen through USAGE from the top; the first that is not is the one named."""
        for kind, depth in (("DATABASE", 1), ("SCHEMA", 2)):
            above = self.state.catalog.get(kind, name[:depth])
            if not self.state.roles.holds(session, "USAGE", above):
                raise missing(kind, dotted(name[:depth]))
        one = self.state.catalog.relation(name)
        if not one or not self.state.roles.sees(session, one):
            raise compilation(
                f"Object '{dotted(name)}' does not exist or not authorized.", 2003, "42S02"
            )
        return one

    def _view(self, me: Session, view: Securable) -> exp.Expr:
        owner = view.owner.simple_name if view.owner else None
        as_owner = replace(
            me, role=owner, secondary_roles="NONE", database=view.name[0], schema=view.name[1]
        )
        tree = parse(view.settings["QUERY"])
        name_projections(tree)
        fold(tree)
        inner = self._prepare(as_owner, me, tree)
        query = exp.Subquery(this=inner)
        names = view.settings.get("COLUMNS")
        if names:
            columns = [exp.to_identifier(n, quoted=True) for n in names]
            query.set("alias", exp.TableAlias(this=exp.to_identifier("v"), columns=columns))
            query = exp.Subquery(this=exp.select("*").from_(query))
        return query

    def _require_warehouse(self, session: Session) -> None:
        known = self.state.catalog.find("WAREHOUSE", (session.warehouse or "",))
        if not known or not self.state.roles.holds(session, "USAGE", known):
            raise SqlError(
                606,
                "57P03",
                "No active warehouse selected in the current session.  Select an active "
                "warehouse with the 'use warehouse' command.\n",
            )
        if known.text("STATE") == "SUSPENDED":
            if not known.flag("AUTO_RESUME", True):
                message = f"Warehouse '{known}' cannot be used: it is suspended."
                raise SqlError(607, "57P03", message)
            known.settings["STATE"] = "STARTED"

    # Writing

    def _target(self, session: Session, table: exp.Table, *privileges: str) -> Securable:
        one = self._reach(session, session.qualify(tuple(p.name for p in table.parts), 3))
        if one.kind not in STORED:
            raise compilation(f"Object '{one}' is not a table: it cannot be changed.", 2093)
        for privilege in privileges:
            self.state.roles.require(session, privilege, one)
        self._require_warehouse(session)
        return one

    def _change(self, session: Session, tree: exp.Expr) -> Result:
        table = tree.this.find(exp.Table) if tree.this else None
        if table is None:
            raise NotImplementedError(tree.sql()[:80])
        one = self._target(session, table, *privileges_for(tree))
        number, label = CHANGES[type(tree)]
        place = exp.to_table(self._names[one])
        if not isinstance(tree, exp.Insert):
            alias = exp.to_identifier(table.alias or table.name, quoted=True)
            place.set("alias", exp.TableAlias(this=alias))
        # Out of the tree, so that it is not read as a source.
        if table is tree.this:
            tree.set("this", exp.Table(this=exp.Anonymous(this="target")))
        else:
            table.replace(exp.Table(this=exp.Anonymous(this="target")))
        prepared = self._prepare(session, session, tree)
        for stand_in in list(prepared.find_all(exp.Table)):
            if isinstance(stand_in.this, exp.Anonymous) and stand_in.this.this == "target":
                stand_in.replace(place)
        rows = self._execute(duckdb_sql(prepared))
        changed = str(rows[0][0]) if rows else "0"
        session.changed = session.changed or changed != "0"
        columns, values = [Column(label, "FIXED", precision=19, scale=0)], [changed]
        if isinstance(tree, exp.Update | exp.Merge):
            merge = isinstance(tree, exp.Merge)
            # DuckDB does not say which of a MERGE's rows were new: all are counted as inserted.
            name = "number of rows updated" if merge else "number of multi-joined rows updated"
            columns.append(Column(name, "FIXED", precision=19, scale=0))
            values.append("0")
        return Result(columns, [list(values)], number)

    # Tables and views

    def _create(self, session: Session, tree: exp.Create, sql: str) -> Result:
        kind = relation_kind(tree)
        table = tree.this.find(exp.Table)
        if kind not in RELATIONS or table is None:
            raise NotImplementedError(tree.sql()[:80])
        name = session.qualify(tuple(p.name for p in table.parts), 3)
        roles, place = self.state.roles, self._schema(session, name)
        known = self.state.catalog.relation(name)
        if known and tree.args.get("exists"):
            return status(f"{name[2]} already exists, statement succeeded.")
        roles.require_creator(session, f"CREATE {kind}", place)
        if known and not tree.args.get("replace"):
            raise exists(dotted(name))
        if known:
            roles.require_owner(session, known)
        kept = list(known.grants) if known and has_property(tree, exp.CopyGrantsProperty) else []
        settings = self._contents(session, tree, kind, name)
        if kind in QUERIED:
            settings["TEXT"] = sql
        if known:
            self.state.remove(known)
        new = self.state.catalog.add(kind, name, roles.primary(session), **settings)
        if kind in STORED:
            self._names[new] = settings.pop("PLACE")
            new.settings.pop("PLACE")
        for grant in kept:
            grant.on = new
            new.grants.append(grant)
        return status(f"{kind.capitalize()} {name[2]} successfully created.")

    def _schema(self, session: Session, name: tuple[str, ...]) -> Securable:
        for kind, depth in (("DATABASE", 1), ("SCHEMA", 2)):
            above = self.state.catalog.get(kind, name[:depth])
            if not self.state.roles.holds(session, "USAGE", above):
                raise missing(kind, dotted(name[:depth]))
        if name[1] == "INFORMATION_SCHEMA":
            raise denied("SCHEMA", dotted(name[:2]))
        return above

    def _contents(
        self, session: Session, tree: exp.Create, kind: str, name: tuple[str, ...]
    ) -> dict[str, Any]:
        """Made first, so that a statement that fails has no effect."""
        query = tree.expression
        comment = tree.find(exp.SchemaCommentProperty)
        settings: dict[str, Any] = {"COMMENT": comment.this.name} if comment else {}
        columns = tree.this.expressions if isinstance(tree.this, exp.Schema) else []
        if kind in QUERIED and not query:
            raise compilation(f"syntax error: a {kind.lower()} needs a query.", 1003, "42000")
        if kind in QUERIED:
            settings["QUERY"] = query.sql(dialect="snowflake")
            settings["SECURE"] = has_property(tree, exp.SecureProperty)
            if columns:
                settings["COLUMNS"] = tuple(c.name for c in columns)
            trial = Securable(kind, name, self.state.roles.primary(session), 0, settings)
            self.columns(session, trial)
            return settings
        place = self._new_place()
        like = (tree.args.get("properties") or tree).find(exp.LikeProperty)
        copied = like or tree.args.get("clone")
        tree.set("replace", False)
        tree.set("exists", False)
        tree.set("properties", None)
        target = exp.to_table(place)
        tree.set("this", exp.Schema(this=target, expressions=columns) if columns else target)
        if query:
            self._require_warehouse(session)
            tree.set("expression", self._prepare(session, session, query))
        elif copied:
            source = session.qualify(tuple(p.name for p in copied.this.parts), 3)
            rows = exp.select("*").from_(self._names[self._readable(session, source)])
            tree.set("clone", None)
            tree.set("expression", rows.limit(0) if like else rows)
        for type_ in list(tree.find_all(exp.DataType)):
            if type_.this in (exp.DataType.Type.ARRAY, exp.DataType.Type.OBJECT):
                type_.replace(exp.DataType.build("JSON"))
        self._execute(duckdb_sql(tree))
        return settings | {"PLACE": place}

    def _drop(self, session: Session, tree: exp.Drop) -> Result:
        table = tree.find(exp.Table)
        if tree.kind not in RELATIONS or table is None:
            raise NotImplementedError(tree.sql()[:80])
        name = session.qualify(tuple(p.name for p in table.parts), 3)
        try:
            one = self._reach(session, name)
            if one.kind != tree.kind:
                raise compilation(f"Object '{one}' is not a {str(tree.kind).lower()}.", 2203)
        except SqlError:
            if not tree.args.get("exists"):
                raise
            text = f"Drop statement executed successfully ({name[2]} already dropped)."
            return status(text)
        self.state.roles.require_owner(session, one)
        self.state.remove(one)
        return status(f"{name[2]} successfully dropped.")

    def _new_place(self) -> str:
        return f"stored.t{next(self._numbers)}"

    def _place(self, one: Securable) -> str:
        self._names[one] = self._new_place()
        return self._names[one]

    def _fetch(self, sql: str) -> tuple[list[tuple[Any, ...]], list[tuple[str, str]]]:
        """Rows and types. Times with a zone come as UTC: DuckDB wants a library for others."""
        described = self._types(sql)
        zoned = [
            exp.to_identifier(n, quoted=True).sql("duckdb") for n, t in described if "ZONE" in t
        ]
        if zoned:
            casts = ", ".join(f"CAST({name} AS TIMESTAMP) AS {name}" for name in zoned)
            sql = f"SELECT * REPLACE ({casts}) FROM ({sql})"  # noqa: S608 - the prepared query
        return self._execute(sql), described

    def _types(self, sql: str) -> list[tuple[str, str]]:
        self._execute(f"SELECT * FROM ({sql}) LIMIT 0")  # noqa: S608 - the prepared query
        return [(str(name), str(kind)) for name, kind, *_ in self._duckdb.description]

    def _execute(self, sql: str) -> list[tuple[Any, ...]]:
        try:
            return self._duckdb.execute(sql).fetchall()
        except duckdb.Error as error:
            text = str(error).splitlines()[0]
            raise compilation(f"sandbox (DuckDB): {text}", 904, "42000") from error
