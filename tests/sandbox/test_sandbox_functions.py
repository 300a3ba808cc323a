"""No function of the engine that keeps the rows reads what its caller may not read."""

import duckdb
import pytest

from sandbox.databricks.directory import Principal
from sandbox.databricks.state import Databricks
from sandbox.snowflake.errors import SqlError
from sandbox.snowflake.state import Snowflake
from tests.sandbox.snowflake_people import Person

PLANTED = "planted-4711"
"""Stands in the row of a table that the calls name, and in all of one that they do not."""
ARGUMENTS = ("", "1", "'{table}'", "'SELECT * FROM {table}'")
SYSTEM = (
    "duckdb_tables", "duckdb_columns", "duckdb_settings", "sqlite_master", "pg_catalog.pg_class",
    "pg_catalog.pg_tables", "system.main.duckdb_tables", "memory.information_schema.tables",
    "temp.information_schema.columns", "stored.t1", '"stored"."t1"', "'{table}'",
)  # fmt: skip
SHAPES = (
    "SELECT * FROM (WITH {name} AS (SELECT 1) SELECT 1) AS x, {name}",
    "WITH q AS (WITH {name} AS (SELECT 1) SELECT 1) SELECT * FROM {name}",
    "SELECT * FROM {name}",
)
STATEMENTS = (
    "PRAGMA table_info('{table}')", "PRAGMA show_tables", "SHOW ALL TABLES", "SUMMARIZE {table}",
    "FROM {table}", "DESCRIBE {table}", "EXPLAIN ANALYZE SELECT * FROM {table}",
    "COPY {table} TO '/tmp/x'", "EXPORT DATABASE '/tmp/x'", "ATTACH ':memory:' AS other",
    "CALL query('SELECT * FROM {table}')", "EXECUTE p", "PREPARE p AS SELECT * FROM {table}",
    "SET VARIABLE x = (SELECT max(secret) FROM {table})", "LOAD json", "INSTALL httpfs",
    "SELECT 'SELECT * FROM {table}'.query()", "SELECT x -> query('{table}')",
    "SELECT list_transform([1], x -> query_table('{table}'))", "SELECT COLUMNS('.*') FROM {table}",
    "SELECT * FROM (DESCRIBE {table})", "SELECT * FROM (SHOW ALL TABLES)",
    "SELECT * FROM '/etc/passwd'", "SELECT * FROM 'x.parquet'", "SELECT * FROM glob('/*')",
    "CREATE MACRO f() AS TABLE SELECT * FROM {table}", "SELECT getvariable('x')",
    "SELECT * FROM main.x.query('{table}')", 'SELECT * FROM "query"(\'SELECT * FROM {table}\')',
)  # fmt: skip


@pytest.fixture(scope="module")
def functions() -> list[str]:
    found = duckdb.connect().execute("SELECT DISTINCT function_name FROM duckdb_functions()")
    names = [str(name) for (name,) in found.fetchall()]
    assert {"query", "query_table", "read_csv", "duckdb_tables", "pragma_table_info"} <= {*names}
    return sorted(name for name in names if name.isidentifier())


class OnDatabricks:
    table = '"main.hr".named'
    """As DuckDB calls it."""
    from_ = "SELECT * FROM {}"

    def __init__(self) -> None:
        self.state = Databricks()
        statements, unity = self.state.statements, self.state.unity
        for name in ("named", PLANTED):
            unity.add("table", f"main.hr.{name}", "platform-admin@example.com")
            statements.load(f'CREATE TABLE "main.hr"."{name}" ("{name}" VARCHAR)')
            statements.load(f'INSERT INTO "main.hr"."{name}" VALUES (\'{PLANTED}\')')
        self.robot: Principal = self.state.directory.add("service_principal", "robot")
        for kind, name in (("catalog", "main"), ("schema", "main.sales")):
            use = f"USE_{kind.upper()}"
            unity.grant(kind, name, self.robot.name, use, *(["SELECT"] if "." in name else []))

    def ask(self, text: str) -> str | None:
        """What came back; None: it was refused."""
        answer = self.state.statements.submit(self.robot, text, "main", "sales").answer
        return str(answer["result"]) if answer["status"]["state"] == "SUCCEEDED" else None

    readable = "SELECT * FROM orders"


class OnSnowflake:
    readable = "SELECT * FROM ORDERS"
    from_ = "SELECT * FROM TABLE({})"

    def __init__(self) -> None:
        self.state = Snowflake()
        owner, queries = self.state.roles.get("SYSADMIN"), self.state.statements.queries
        for name in (PLANTED, "NAMED"):
            one = self.state.catalog.add("TABLE", ("ANALYTICS", "HR", name), owner)
            queries.load(one.name, f'"{name}" VARCHAR', f"('{PLANTED}')")
        self.table = queries._names[one]
        self.robot = Person(self.state, "ALICE", "ANALYST", database="ANALYTICS", schema="SALES")

    def ask(self, text: str) -> str | None:
        try:
            return str(self.robot.rows(text))
        except (NotImplementedError, SqlError):
            return None


@pytest.fixture(scope="module", params=[OnDatabricks, OnSnowflake])
def warehouse(request: pytest.FixtureRequest) -> OnDatabricks | OnSnowflake:
    made: OnDatabricks | OnSnowflake = request.param()
    return made


def test_what_is_planted_would_be_seen(warehouse) -> None:
    engine = warehouse.state.statements
    engine = getattr(engine, "queries", engine)._duckdb
    for text in (f"SELECT * FROM {warehouse.table}", "SELECT sql FROM duckdb_tables()"):
        assert PLANTED in str(engine.execute(text).fetchall())
    assert warehouse.ask(warehouse.readable), "and the caller may read something"


def test_no_function_reads_past_its_caller(warehouse, functions) -> None:
    answered = set()
    for name in functions:
        for given in ARGUMENTS:
            call = f"{name}({given.format(table=warehouse.table)})"
            for text in (f"SELECT {call}", warehouse.from_.format(call)):
                found = warehouse.ask(text)
                assert PLANTED not in str(found), text
                if found is not None:
                    answered.add(name)
    assert {"abs", "upper", "current_date"} <= answered, "known ones are answered"
    inside = {n for n in answered if n.startswith(("duckdb", "pragma", "read_", "query", "pg_"))}
    assert not inside, inside


@pytest.mark.parametrize("name", SYSTEM)
def test_no_name_of_the_engines_own_is_found(warehouse, name) -> None:
    for shape in SHAPES:
        text = shape.format(name=name.format(table=warehouse.table))
        assert warehouse.ask(text) is None, text


@pytest.mark.parametrize("statement", STATEMENTS)
def test_no_statement_of_the_engines_own_is_run(warehouse, statement) -> None:
    assert warehouse.ask(statement.format(table=warehouse.table)) is None


def test_a_variable_of_the_process_is_no_table(warehouse) -> None:
    relation = duckdb.sql("SELECT 1 AS a")
    assert relation is not None
    assert warehouse.ask("SELECT * FROM relation") is None


def test_a_withs_name_counts_where_it_stands(warehouse) -> None:
    assert warehouse.ask("WITH a AS (SELECT 1 AS x), b AS (SELECT x FROM a) SELECT x FROM b")
    assert warehouse.ask("SELECT (WITH a AS (SELECT 2 AS x) SELECT max(x) FROM a)")
    assert warehouse.ask("WITH a AS (SELECT 1 AS x) SELECT x FROM (SELECT x FROM a) AS y")
    assert (
        warehouse.ask("WITH b AS (SELECT x FROM a), a AS (SELECT 1 AS x) SELECT x FROM b") is None
    )


def test_an_unknown_function_is_refused_in_the_warehouses_words() -> None:
    databricks, snowflake = OnDatabricks(), OnSnowflake()
    for text, said in (
        ("SELECT current_setting('threads')", "[UNRESOLVED_ROUTINE] Cannot resolve routine"),
        ("SELECT * FROM query('SELECT 1')", "[UNRESOLVABLE_TABLE_VALUED_FUNCTION]"),
        ("SELECT nope(1)", "[UNRESOLVED_ROUTINE]"),
    ):
        answer = databricks.state.statements.submit(databricks.robot, text).answer
        assert answer["status"]["error"]["message"].startswith(said), answer
        assert answer["status"]["sql_state"] == "42883"
    assert "002140 (42601)" in snowflake.robot.refusal("SELECT current_setting('threads')")
    assert "Unknown function NOPE" in snowflake.robot.refusal("SELECT nope(1)")
    assert "Unknown table function QUERY" in snowflake.robot.refusal(
        "SELECT * FROM TABLE(query('SELECT 1'))"
    )


@pytest.mark.parametrize(
    "text",
    ["SELECT * FROM orders SAMPLE (10)", "SELECT * FROM orders AT(OFFSET => -60)",
     "SELECT TO_VARCHAR(amount, '999.00') FROM orders", "SELECT TO_CHAR(amount, '$99') FROM orders",
     "SELECT * FROM orders BEFORE(STATEMENT => 'x')"],
)  # fmt: skip
def test_what_would_be_left_out_is_refused(text) -> None:
    with pytest.raises(NotImplementedError):
        OnSnowflake().robot.ask(text)


def test_named_parameters_are_values_of_their_type() -> None:
    on = OnDatabricks()

    def run(text: str, *parameters: dict[str, object]) -> object:
        answer = on.state.statements.submit(on.robot, text, "main", "sales", parameters).answer
        error = answer["status"].get("error")
        return error["message"] if error else answer["result"]["data_array"]

    found = run(
        "SELECT id FROM orders WHERE status = :s AND amount > :least",
        {"name": "s", "value": "shipped"},
        {"name": "least", "value": "100", "type": "DECIMAL(10,2)"},
    )
    assert found == [["3"]]
    assert (
        run("SELECT id FROM orders WHERE status = :s", {"name": "s", "value": "' OR 1=1 --"}) == []
    )
    assert run("SELECT :n IS NULL", {"name": "n", "type": "INT"}) == [["true"]]
    assert "[UNBOUND_SQL_PARAMETER] Found the unbound parameter: z." in str(run("SELECT :z"))
    assert "[UNSUPPORTED_DATATYPE]" in str(
        run("SELECT :a", {"name": "a", "value": "1", "type": "NO"})
    )


def test_a_function_that_is_the_warehouses_and_not_emulated_says_so() -> None:
    databricks = OnDatabricks()
    answer = databricks.state.statements.submit(
        databricks.robot, "SELECT ai_classify('a', array('b'))"
    ).answer
    assert "[NOT_IMPLEMENTED] sandbox: not emulated" in answer["status"]["error"]["message"]
    with pytest.raises(NotImplementedError, match="the function"):
        OnSnowflake().robot.ask("SELECT ARRAY_INTERSECTION([1], [2])")
