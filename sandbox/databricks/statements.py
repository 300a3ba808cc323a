"""SQL as the caller: may this person run it, and what comes back.

Owns the privilege checks of a statement and the rows (DuckDB). Reading, INSERT, UPDATE, DELETE,
MERGE, CREATE/DROP of tables and views, REVOKE and a change of owner are emulated; every other
statement says that it is not.
"""

import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

import duckdb
from sqlglot import exp
from sqlglot.errors import ParseError

from sandbox.databricks.directory import Principal
from sandbox.databricks.errors import ApiError, missing
from sandbox.databricks.unity import Securable, Unity
from sandbox.functions import UnknownFunctionError, called, check_functions, is_with_name, parse_all
from sandbox.rows import connect, duckdb_sql

TYPES = {
    "INTEGER": "INT", "BIGINT": "LONG", "HUGEINT": "DECIMAL", "SMALLINT": "SHORT",
    "TINYINT": "BYTE", "VARCHAR": "STRING", "BLOB": "BINARY", '"NULL"': "NULL",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMP",
}  # fmt: skip
# What a kind is called that is not one word.
KINDS = {
    "external location": "external_location", "storage credential": "storage_credential",
    "service credential": "credential",
}  # fmt: skip
CHANGE = re.compile(
    r"REVOKE (?P<privileges>[A-Z_, ]+) ON (?P<on>METASTORE|[A-Z ]+ [\w`.-]+)"
    r" FROM `(?P<from_>[^`]+)`"
    r"|ALTER (?P<owned>[A-Z ]+ [\w`.-]+) (?:SET )?OWNER TO `(?P<owner>[^`]+)`"
)
DML = (exp.Insert, exp.Update, exp.Delete, exp.Merge)
NAMED = frozenset(
    {"current_catalog", "current_database", "current_schema", "current_user", "date_part",
     "is_account_group_member", "session_user"}
)  # fmt: skip
ROWS = frozenset({"explode", "range"})


class SqlError(Exception):
    def __init__(self, condition: str, message: str, state: str) -> None:
        super().__init__(f"[{condition}] {message} SQLSTATE: {state}")
        self.state = state


class Place(NamedTuple):
    """What names without a catalog or schema stand in."""

    catalog: str
    schema: str


@dataclass
class Statement:
    id: str
    caller: int
    answer: dict[str, Any]


class Statements:
    def __init__(self, unity: Unity) -> None:
        self.unity = unity
        self.done: dict[str, Statement] = {}
        self._duckdb = connect()

    def load(self, sql: str) -> None:
        """By hand: DuckDB's SQL, without any check. Schemas are called `"catalog.schema"`."""
        self._duckdb.execute(sql)

    def submit(
        self,
        caller: Principal,
        text: str,
        catalog: str = "main",
        schema: str = "default",
        parameters: Iterable[dict[str, Any]] = (),
    ) -> Statement:
        """`parameters` as the API has them: `{"name": .., "value": .., "type": ..}`."""
        place = Place(catalog, schema)
        return self.answered(caller, lambda: self._run(caller, text, place, parameters))

    def answered(self, caller: Principal, run: Callable[[], dict[str, Any]]) -> Statement:
        """Kept, so that its caller can fetch the answer later."""
        try:
            answer = run()
        except SqlError as error:
            details = {"error_code": "BAD_REQUEST", "message": str(error)}
            answer = {"status": {"state": "FAILED", "error": details, "sql_state": error.state}}
        id_ = f"01f0{secrets.token_hex(2)}-{secrets.token_hex(2)}-1000-8000-{secrets.token_hex(6)}"
        self.done[id_] = Statement(id_, caller.id, {"statement_id": id_} | answer)
        return self.done[id_]

    def get(self, id_: str, caller: Principal) -> Statement:
        found = self.done.get(id_)
        if not found or found.caller != caller.id:
            raise missing(f"The statement {id_} was not found.")
        return found

    def _run(
        self, caller: Principal, text: str, place: Place, parameters: Iterable[dict[str, Any]]
    ) -> dict[str, Any]:
        if change := CHANGE.fullmatch(text.strip().rstrip(";")):
            return self._change(caller, **change.groupdict())
        try:
            parsed = parse_all(text, "databricks")
        except ParseError as error:
            raise SqlError("PARSE_SYNTAX_ERROR", str(error).splitlines()[0], "42601") from error
        if len(parsed) != 1:
            raise SqlError("PARSE_SYNTAX_ERROR", "Expected exactly one statement.", "42601")
        tree = parsed[0]
        self._check_functions(tree, place)
        bind(tree, parameters)
        self._answer_context(caller, tree, place)
        target = self._target(tree)
        for table in tables(tree):
            qualify(table, place)
            if table is not target:
                self._require(caller, table, "SELECT")
        if target is not None:
            self._check_write(caller, tree, target)
        elif not isinstance(tree, exp.Query):
            self._not_emulated(text)
        result = self._execute(tree, target)
        self._register(caller, tree, target)
        return result

    def _check_functions(self, tree: exp.Expr, place: Place) -> None:
        try:
            check_functions(tree, NAMED, ROWS)
        except UnknownFunctionError as error:
            path = f"[`system`.`builtin`, `system`.`session`, `{place.catalog}`.`{place.schema}`]"
            routine = f"`{error.name}`"
            known = "(sandbox: its functions are those of sandbox/functions.py)"
            if error.in_from:
                message = f"Could not resolve {routine} to a table-valued function. {known}"
                raise SqlError("UNRESOLVABLE_TABLE_VALUED_FUNCTION", message, "42883") from error
            message = f"Cannot resolve routine {routine} on search path {path}. {known}"
            raise SqlError("UNRESOLVED_ROUTINE", message, "42883") from error
        except NotImplementedError as error:
            self._not_emulated(str(error))

    def _answer_context(self, caller: Principal, tree: exp.Expr, place: Place) -> None:
        """Who asks and where, as literals: DuckDB would answer of itself."""
        for call in list(tree.find_all(exp.Func)):
            name = called(call).lower()
            literal: exp.Expr
            if name in ("current_user", "session_user"):
                literal = exp.Literal.string(caller.name)
            elif name in ("current_schema", "current_database"):
                literal = exp.Literal.string(place.schema)
            elif name == "current_catalog":
                literal = exp.Literal.string(place.catalog)
            elif name == "is_account_group_member":
                groups = {g.name for g in self.unity.directory.groups_of(caller)}
                literal = exp.Boolean(this=call.expressions[0].name in groups)
            else:
                continue
            if isinstance(tree, exp.Create):
                # A view would say of its readers what is true of its author.
                self._not_emulated(f"{name}() in what is created")
            if isinstance(call.parent, exp.Select):
                literal = exp.alias_(literal, f"{name}()", quoted=True)
            call.replace(literal)

    def _change(
        self,
        caller: Principal,
        privileges: str | None,
        on: str | None,
        from_: str | None,
        owned: str | None,
        owner: str | None,
    ) -> dict[str, Any]:
        """REVOKE of some privileges, and a new owner."""
        words, _, name = str(on or owned).lower().rpartition(" ")
        kind, name = KINDS.get(words, words or name), name.replace("`", "") if words else ""
        try:
            is_view = kind == "view"
            target = self.unity.get(
                "table" if is_view else kind, name or self.unity.metastore.full_name
            )
            if owner:
                if is_view != (target.reads is not None):
                    wanted = "TABLE" if is_view else "VIEW"
                    message = f"Cannot ALTER {name}: use ALTER {wanted} instead."
                    raise SqlError("EXPECT_VIEW_NOT_TABLE", message, "42809")
                self.unity.require_manager(caller, target)
                target.owner = owner
            else:
                gone = [each.strip() for each in str(privileges).split(",")]
                self.unity.update(caller, target, [{"principal": from_, "remove": gone}])
        except ApiError as error:
            raise SqlError(error.code, error.message, "42501") from error
        return result([], [])

    def _target(self, tree: exp.Expr) -> exp.Table | None:
        """What the statement writes to."""
        known = isinstance(tree, (*DML, exp.TruncateTable)) or (
            isinstance(tree, exp.Create | exp.Drop) and tree.kind in ("TABLE", "VIEW", "SCHEMA")
        )
        return (tree.args.get("this") or tree).find(exp.Table) if known else None

    def _check_write(self, caller: Principal, tree: exp.Expr, target: exp.Table) -> None:
        if not isinstance(tree, exp.Create | exp.Drop):
            self._require(caller, target, "MODIFY")
        elif tree.kind == "SCHEMA":
            self._require(caller, target, "CREATE_SCHEMA" if tree.key == "create" else "MANAGE")
            self._not_emulated(tree.sql())
        else:
            self._require(caller, target, "CREATE_TABLE" if tree.key == "create" else "MANAGE")

    def _require(self, caller: Principal, table: exp.Table, privilege: str) -> None:
        """Walk down as the warehouse does: the first privilege that is missing is the one named."""
        catalog = self._find("catalog", table.catalog, "NO_SUCH_CATALOG_EXCEPTION", "42704")
        self._hold(caller, "USE_CATALOG", catalog)
        if privilege == "CREATE_SCHEMA":
            return self._hold(caller, privilege, catalog)
        name = f"{table.catalog}.{table.db}"
        schema = self._find("schema", name, "SCHEMA_NOT_FOUND", "42704")
        self._hold(caller, "USE_SCHEMA", schema)
        if privilege == "CREATE_TABLE":
            return self._hold(caller, privilege, schema)
        if table.name:
            name = f"{name}.{table.name}"
            schema = self._find("table", name, "TABLE_OR_VIEW_NOT_FOUND", "42P01")
        return self._hold(caller, privilege, schema)

    def require_place(self, caller: Principal, place: Place, *, whole: bool) -> None:
        """What USE wants: of the catalog, and if `whole` of the schema."""
        catalog = self._find("catalog", place.catalog, "NO_SUCH_CATALOG_EXCEPTION", "42704")
        self._hold(caller, "USE_CATALOG", catalog)
        if whole:
            name = f"{place.catalog}.{place.schema}"
            schema = self._find("schema", name, "SCHEMA_NOT_FOUND", "42704")
            self._hold(caller, "USE_SCHEMA", schema)

    def _find(self, kind: str, name: str, condition: str, state: str) -> Securable:
        try:
            return self.unity.get(kind, name)
        except ApiError as error:
            raise SqlError(condition, f"The {kind} `{name}` cannot be found.", state) from error

    def _hold(self, caller: Principal, privilege: str, target: Securable) -> None:
        if not self.unity.holds(caller, privilege, target):
            words = privilege.replace("_", " ")
            message = f"Insufficient privileges:\nUser does not have {words} on {target}."
            raise SqlError("INSUFFICIENT_PERMISSIONS", message, "42501")

    def _not_emulated(self, text: str) -> NoReturn:
        raise SqlError("NOT_IMPLEMENTED", f"sandbox: not emulated: {text[:80]}", "0A000")

    def _execute(self, tree: exp.Expr, target: exp.Table | None) -> dict[str, Any]:
        try:
            cursor = self._duckdb.execute(duckdb_sql(translate(tree)))
            rows = cursor.fetchall()
        except NotImplementedError as error:
            self._not_emulated(str(error))
        except duckdb.Error as error:
            text = str(error).splitlines()[0]
            raise SqlError("INVALID_STATEMENT", f"sandbox (DuckDB): {text}", "42000") from error
        columns = [] if target is not None else [(str(c[0]), str(c[1])) for c in cursor.description]
        return result(columns, rows if columns else [])

    def _register(self, caller: Principal, tree: exp.Expr, target: exp.Table | None) -> None:
        if target is None or not isinstance(tree, exp.Create | exp.Drop):
            return
        name = f"{target.catalog}.{target.db}.{target.name}"
        if isinstance(tree, exp.Drop):
            self.unity.securables.pop(("table", name.lower()), None)
        elif ("table", name.lower()) not in self.unity.securables:
            made = self.unity.add("table", name, caller.name)
            if tree.kind == "VIEW":
                made.reads = [
                    f"{one.catalog}.{one.db}.{one.name}"
                    for one in tables(tree)
                    if one is not target
                ]


def tables(tree: exp.Expr) -> list[exp.Table]:
    """The tables that are securables: neither a WITH name nor a function like range(3)."""
    found = tree.find_all(exp.Table)
    return [t for t in found if not isinstance(t.this, exp.Func) and not is_with_name(t)]


def qualify(table: exp.Table, place: Place) -> None:
    if not table.catalog:
        table.set("catalog", exp.to_identifier(place.catalog))
    if not table.db:
        table.set("db", exp.to_identifier(place.schema))


def bind(tree: exp.Expr, parameters: Iterable[dict[str, Any]]) -> None:
    """`:name`, a value of the type that is sent with it."""
    given = {str(each.get("name")): each for each in parameters}
    for marker in list(tree.find_all(exp.Placeholder)):
        one = given.get(marker.name)
        if one is None:
            message = f"Found the unbound parameter: {marker.name or '_'}."
            raise SqlError("UNBOUND_SQL_PARAMETER", message, "42P02")
        value, kind = one.get("value"), str(one.get("type") or "STRING").upper()
        literal: exp.Expr = exp.null() if value is None else exp.Literal.string(str(value))
        if value is not None and kind != "STRING":
            # As a CAST, so that a value that is no such thing is an error and never SQL.
            try:
                literal = exp.cast(literal, exp.DataType.build(kind, dialect="databricks"))
            except (ParseError, ValueError) as error:
                raise SqlError(
                    "UNSUPPORTED_DATATYPE", f"Unsupported data type {kind}.", "0A000"
                ) from error
        marker.replace(literal)


def translate(tree: exp.Expr) -> exp.Expr:
    """For DuckDB: schemas are `"catalog.schema"`."""
    tree = tree.copy()
    for table in tables(tree):
        if table.name and not table.alias and isinstance(tree, exp.Query):
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name, quoted=True)))
        table.set("db", exp.to_identifier(f"{table.catalog}.{table.db}".lower(), quoted=True))
        table.set("catalog", None)
    for column in tree.find_all(exp.Column):
        column.set("db", None)
        column.set("catalog", None)
    return tree


def result(columns: list[tuple[str, str]], rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    described = [
        {"name": name, "position": n, "type_name": databricks_type(kind), "type_text": kind}
        for n, (name, kind) in enumerate(columns)
    ]
    data = [[None if v is None else as_text(v) for v in row] for row in rows]
    chunk = {"chunk_index": 0, "row_offset": 0, "row_count": len(data)}
    return {
        "status": {"state": "SUCCEEDED"},
        "manifest": {
            "format": "JSON_ARRAY",
            "schema": {"column_count": len(described), "columns": described},
            "total_chunk_count": 1,
            "total_row_count": len(data),
            "truncated": False,
            "chunks": [chunk],
        },
        "result": chunk | {"data_array": data},
    }


def databricks_type(duckdb_type: str) -> str:
    name = duckdb_type.partition("(")[0]
    return TYPES.get(name, name)


def as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
