"""Snowflake's SQL as a role: what it reads, what it is refused, and what comes back."""

import pytest

from sandbox.snowflake.state import Snowflake
from tests.sandbox.snowflake_people import Person

ORDERS = "ANALYTICS.SALES.ORDERS"


@pytest.fixture
def state() -> Snowflake:
    return Snowflake()


@pytest.fixture
def alice(state):
    return Person(state, "ALICE", "ANALYST", database="ANALYTICS", schema="SALES")


@pytest.fixture
def bob(state):
    return Person(state, "BOB", "ENGINEER")


@pytest.fixture
def deployer(state):
    return Person(state, "DEPLOYER", "ACCOUNTADMIN", database="ANALYTICS", schema="SALES")


def test_people_read_what_their_roles_may_read(state, alice, bob):
    readable = {
        alice: {"ANALYTICS.SALES.CUSTOMERS", ORDERS, "ANALYTICS.REFERENCE.COUNTRIES"},
        bob: {"RAW.EVENTS.CLICKS", "RAW.LANDING.FILES"},
    }
    every = [str(table) for table in state.catalog.of_kind("TABLE")]
    for person, mine in readable.items():
        for table in every:
            if table in mine:
                assert person.rows(f"SELECT * FROM {table}"), table
            else:
                assert "does not exist or not authorized" in person.refusal(
                    f"SELECT * FROM {table}"
                )


@pytest.mark.parametrize(
    ("query", "missing"),
    [
        ("SELECT * FROM RAW.EVENTS.CLICKS", "Database 'RAW' does not exist or not authorized."),
        ("SELECT * FROM NOPE.A.B", "Database 'NOPE' does not exist or not authorized."),
        ("SELECT * FROM ANALYTICS.HR.SALARIES", "Schema 'ANALYTICS.HR' does not exist or"),
        ("SELECT * FROM nope", "Object 'ANALYTICS.SALES.NOPE' does not exist or not authorized."),
        ("WITH a AS (SELECT * FROM hr.salaries) SELECT * FROM a", "'ANALYTICS.HR' does not exist"),
        ("SELECT (SELECT max(salary) FROM hr.salaries)", "'ANALYTICS.HR' does not exist"),
        ("INSERT INTO orders (id) VALUES (9)", "003001 (42501)"),
        ("UPDATE orders SET status = 'x'", "003001 (42501)"),
        ("DELETE FROM orders", "Insufficient privileges to operate on table"),
        ("MERGE INTO orders USING (SELECT 1 AS id) s ON orders.id = s.id "
         "WHEN MATCHED THEN DELETE", "003001 (42501)"),
        ("TRUNCATE TABLE orders", "003001 (42501)"),
        ("CREATE TABLE mine (a INT)", "Insufficient privileges to operate on schema"),
        ("DROP TABLE orders", "Insufficient privileges to operate on table"),
        ("SELECT * FROM read_csv('/etc/passwd')", "Unknown table function READ_CSV"),
        ("SELECT 1; DROP TABLE orders", "000008 (0A000)"),
        ("SELECT FROM (", "001003 (42000)"),
    ],
)  # fmt: skip
def test_a_reader_is_refused_what_was_not_granted(alice, query, missing):
    assert missing in alice.refusal(query)
    assert alice.rows("SELECT count(*) FROM orders") == [["4"]]


def test_a_secure_view_shows_each_person_their_own_rows(alice, deployer):
    assert {row[5] for row in alice.rows("SELECT * FROM MY_ORDERS")} == {"ALICE"}
    assert deployer.rows("SELECT * FROM MY_ORDERS") == []
    deployer.ask("CREATE ROLE ONLY_VIEWS")
    for what in ("USAGE ON DATABASE ANALYTICS", "USAGE ON SCHEMA SALES", "SELECT ON VIEW MY_ORDERS",
                 "USAGE ON WAREHOUSE COMPUTE_WH"):  # fmt: skip
        deployer.ask(f"GRANT {what} TO ROLE ONLY_VIEWS")
    deployer.ask("GRANT ROLE ONLY_VIEWS TO ROLE ACCOUNTADMIN")
    deployer.ask("USE ROLE ONLY_VIEWS")
    assert deployer.rows("SELECT count(*) FROM MY_ORDERS") == [["0"]]
    assert "does not exist or not authorized" in deployer.refusal(f"SELECT * FROM {ORDERS}")


def test_a_query_needs_a_warehouse_the_role_may_use(alice, bob, deployer):
    alice.session.warehouse = None
    assert alice.rows("SELECT 1 + 1 AS n") == [["2"]]
    assert "No active warehouse" in alice.refusal(f"SELECT * FROM {ORDERS}")
    assert "002043 (02000)" in alice.refusal("USE WAREHOUSE REPORTING_WH")
    alice.ask("USE WAREHOUSE compute_wh")
    assert len(alice.rows(f"SELECT * FROM {ORDERS}")) == 4
    deployer.ask("REVOKE USAGE ON WAREHOUSE COMPUTE_WH FROM ROLE ANALYST")
    assert "No active warehouse" in alice.refusal(f"SELECT * FROM {ORDERS}")


def test_a_suspended_warehouse_resumes_only_when_it_may(alice, deployer):
    deployer.ask("ALTER WAREHOUSE COMPUTE_WH SUSPEND")
    alice.ask("SELECT * FROM orders")
    assert deployer.rows("SHOW WAREHOUSES LIKE 'COMPUTE_WH'")[0][1] == "STARTED"
    deployer.ask("ALTER WAREHOUSE COMPUTE_WH SET AUTO_RESUME = false")
    deployer.ask("ALTER WAREHOUSE COMPUTE_WH SUSPEND")
    assert "it is suspended" in alice.refusal("SELECT * FROM orders")
    assert "Insufficient privileges" in alice.refusal("ALTER WAREHOUSE COMPUTE_WH RESUME")


def test_names_fold_to_upper_case_unless_quoted(deployer):
    table = '"web data"."Page.Views""2024"'
    found = deployer.ask(
        f'SELECT "page", sum("Views") FROM analytics.{table} GROUP BY 1 ORDER BY 1'
    )
    assert [c.name for c in found.columns] == ["page", 'SUM("Views")']
    assert found.rows == [["/buy", "3"], ["/home", "12"]]
    assert "does not exist" in deployer.refusal('SELECT * FROM "orders"')
    assert "000904" in deployer.refusal(f"SELECT nope FROM {table}")
    assert deployer.rows('SELECT o.id FROM Orders AS o WHERE "O"."ID" = 1') == [["1"]]


def test_results_have_snowflakes_types_and_wire_values(deployer):
    found = deployer.ask(
        "SELECT id, amount, ordered_on, status, true AS yes, 1.5::float AS f, NULL AS nothing, "
        "'2025-01-01 00:00:01.5'::timestamp_ntz AS at, count(*) OVER () FROM orders ORDER BY id"
    )
    kinds = [(c.name, c.type, c.precision, c.scale) for c in found.columns]
    assert kinds[:5] == [
        ("ID", "FIXED", 38, 0), ("AMOUNT", "FIXED", 10, 2), ("ORDERED_ON", "DATE", None, None),
        ("STATUS", "TEXT", None, None), ("YES", "BOOLEAN", None, None),
    ]  # fmt: skip
    assert found.rows[0] == [
        "1", "19.90", "20091", "shipped", "1", "1.5", None, "1735689601.500000000", "4",
    ]  # fmt: skip


def test_expressions_without_a_name_are_called_by_their_text(deployer):
    found = deployer.ask("SELECT current_date(), 1 + 1, upper('a'), id FROM orders LIMIT 1")
    assert [c.name for c in found.columns] == ["CURRENT_DATE()", "1 + 1", "UPPER('a')", "ID"]


def test_rows_change_and_are_counted(deployer):
    deployer.ask(
        "CREATE TABLE t (a NUMBER(10,2), b VARCHAR(20), c TIMESTAMP_LTZ, d VARIANT, e ARRAY)"
    )
    one = deployer.ask("INSERT INTO t (a, b) SELECT 1, 'x' UNION ALL SELECT 2, 'y'")
    assert (one.columns[0].name, one.rows) == ("number of rows inserted", [["2"]])
    assert deployer.rows("UPDATE t AS u SET b = 'z' WHERE u.a > 1")[0][0] == "1"
    merge = (
        "MERGE INTO t USING (SELECT 3 AS a) s ON t.a = s.a "
        "WHEN NOT MATCHED THEN INSERT (a, b) VALUES (s.a, 'new')"
    )
    assert deployer.rows(merge)[0][0] == "1"
    assert deployer.rows("DELETE FROM t WHERE b = 'x'") == [["1"]]
    assert deployer.rows("SELECT b FROM t ORDER BY a") == [["z"], ["new"]]
    deployer.ask("CREATE OR REPLACE TABLE t AS SELECT 1 AS only")
    assert [row[0] for row in deployer.rows("DESCRIBE TABLE t")] == ["ONLY"]
    assert "002002 (42710)" in deployer.refusal("CREATE VIEW t AS SELECT 1 AS a")
    deployer.ask("DROP TABLE t")
    assert "already dropped" in str(deployer.rows("DROP TABLE IF EXISTS t"))


def test_a_statement_that_fails_has_no_effect(deployer):
    assert "does not exist" in deployer.refusal("CREATE OR REPLACE TABLE orders AS SELECT * FROM x")
    assert deployer.rows("SELECT count(*) FROM orders") == [["4"]]


def test_tables_are_copied_with_and_without_their_rows(deployer, alice):
    deployer.ask("CREATE TABLE same CLONE orders")
    deployer.ask("CREATE TABLE alike LIKE orders")
    assert deployer.rows("SELECT count(*) FROM same") == [["4"]]
    assert deployer.ask("SELECT * FROM alike").rows == []
    assert "does not exist" in deployer.refusal("CREATE TABLE mine CLONE nope")


def test_no_name_in_a_query_finds_a_table_past_the_privileges(deployer, alice, bob):
    places = deployer.state.statements.queries._names.values()
    for place in places:
        short = place.rpartition(".")[2]
        hidden = f'SELECT * FROM (WITH "{short}" AS (SELECT 1) SELECT 1) AS x, "{short}"'
        assert "does not have a current database" in bob.refusal(hidden)
        assert "does not exist or not authorized" in alice.refusal(f"SELECT * FROM {place}")


def test_bindings_are_values_by_position(alice):
    found = alice.ask(
        "SELECT id FROM orders WHERE status = ? AND amount > ?",
        {"1": {"type": "TEXT", "value": "shipped"}, "2": {"type": "FIXED", "value": "100"}},
    )
    assert found.rows == [["3"]]
    quoted = {"1": {"type": "TEXT", "value": "' OR 1=1 --"}}
    assert alice.ask("SELECT id FROM orders WHERE status = :1", quoted).rows == []
    assert "Bind variable" in alice.refusal("SELECT ?")


def test_information_schema_lists_what_the_role_may_see(alice, deployer):
    mine = "SELECT table_schema, table_name FROM information_schema.tables ORDER BY 1, 2"
    assert alice.rows(mine) == [
        ["REFERENCE", "COUNTRIES"], ["SALES", "CUSTOMERS"], ["SALES", "MY_ORDERS"],
        ["SALES", "ORDERS"],
    ]  # fmt: skip
    # As Cube's driver asks, with the view's own name as the alias.
    columns = (
        "SELECT COLUMNS.TABLE_NAME, COLUMNS.COLUMN_NAME, COLUMNS.DATA_TYPE "
        "FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_NAME = 'ORDERS' AND "
        "COLUMNS.TABLE_SCHEMA NOT IN ('INFORMATION_SCHEMA') ORDER BY ORDINAL_POSITION"
    )
    assert alice.rows(columns)[2] == ["ORDERS", "AMOUNT", "NUMBER"]
    assert ["HR", "SALARIES"] in deployer.rows(mine)


def test_a_session_says_who_and_where_it_is(alice):
    asked = (
        "SELECT CURRENT_USER(), CURRENT_ROLE(), CURRENT_WAREHOUSE(), CURRENT_DATABASE(), "
        "CURRENT_SCHEMA(), CURRENT_SECONDARY_ROLES()"
    )
    none = '{"roles":"", "value":""}'
    assert alice.rows(asked) == [["ALICE", "ANALYST", "COMPUTE_WH", "ANALYTICS", "SALES", none]]
    alice.ask("ALTER SESSION SET TIMEZONE = 'UTC', QUERY_TAG = 'x'")
    assert alice.rows("SHOW PARAMETERS LIKE 'TIMEZONE'")[0][1:4] == [
        "UTC", "America/Los_Angeles", "SESSION",
    ]  # fmt: skip
    assert "invalid parameter 'NOPE'" in alice.refusal("ALTER SESSION SET NOPE = 1")


def test_a_role_can_be_changed_only_to_ones_own(alice, deployer):
    assert "is not assigned to the executing user" in alice.refusal("USE ROLE SYSADMIN")
    assert "002043 (02000)" in alice.refusal("USE ROLE NOPE")
    deployer.ask("USE ROLE SYSADMIN")
    assert "Insufficient privileges" in deployer.refusal("CREATE ROLE X")


def test_secondary_roles_add_their_privileges(alice, deployer):
    deployer.ask("GRANT ROLE ENGINEER TO USER ALICE")
    assert "Database 'RAW'" in alice.refusal("SELECT * FROM RAW.EVENTS.CLICKS")
    alice.ask("USE SECONDARY ROLES ALL")
    assert len(alice.rows("SELECT * FROM RAW.EVENTS.CLICKS")) == 2
    alice.ask("USE SECONDARY ROLES NONE")
    assert "Database 'RAW'" in alice.refusal("SELECT * FROM RAW.EVENTS.CLICKS")


def test_an_oauth_session_keeps_its_role(alice, deployer):
    deployer.ask("GRANT ROLE ENGINEER TO USER ALICE")
    alice.session.restricted = True
    for text in ("USE ROLE ENGINEER", "USE SECONDARY ROLES ALL"):
        assert "Current session is restricted" in alice.refusal(text)
    alice.session.implicit_secondary_roles = True
    alice.ask("USE SECONDARY ROLES ALL")
    assert "Current session is restricted" in alice.refusal("USE ROLE ENGINEER")


def test_a_revoked_role_ends_with_its_sessions(alice, deployer):
    deployer.ask("REVOKE ROLE ANALYST FROM USER ALICE")
    assert "no longer granted" in alice.refusal("SELECT * FROM orders")


def test_a_rollback_of_nothing_is_one_and_of_changed_rows_is_not_emulated(deployer):
    deployer.ask("BEGIN")
    deployer.ask(f"DELETE FROM {ORDERS} WHERE FALSE")
    deployer.ask("ROLLBACK")
    deployer.ask("BEGIN")
    deployer.ask(f"DELETE FROM {ORDERS} WHERE ID = 1")
    with pytest.raises(NotImplementedError):
        deployer.ask("ROLLBACK")
    deployer.ask("COMMIT")
    deployer.ask("ROLLBACK")


@pytest.mark.parametrize("text", ["SHOW STREAMS", "CALL x()", "UNDROP TABLE t",
                                  "ALTER TABLE orders ADD COLUMN x INT", "CREATE PIPE p",
                                  "COPY INTO orders FROM @s"])  # fmt: skip
def test_what_is_not_emulated_says_so(deployer, text):
    with pytest.raises(NotImplementedError):
        deployer.ask(text)
