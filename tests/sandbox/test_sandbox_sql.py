"""SQL as the caller: which privilege is missing, what is inherited, what comes back."""

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import NotFound, PermissionDenied
from databricks.sdk.service import sql

from sandbox.databricks.world import ALICE, BOB, WAREHOUSE_ID

ORDERS = "main.sales.orders"


def run(client: WorkspaceClient, text: str) -> sql.StatementResponse:
    return client.statement_execution.execute_statement(text, WAREHOUSE_ID)


def refusal(client: WorkspaceClient, text: str) -> str:
    status = run(client, text).status
    assert status.state == sql.StatementState.FAILED, text
    return status.error.message


def test_a_privilege_is_revoked_and_an_owner_changed_by_who_may(workspace, as_robot, sandbox):
    unity = sandbox.databricks.unity
    revoke = "REVOKE SELECT ON SCHEMA `main`.`sales` FROM `analysts`;"
    own = f"ALTER TABLE {ORDERS} OWNER TO `analysts`"
    for statement in (revoke, own):
        assert "MANAGE" in refusal(as_robot, statement)
        assert run(workspace, statement).status.state == sql.StatementState.SUCCEEDED
    assert unity.get("schema", "main.sales").grants["analysts"] == {"USE_SCHEMA"}
    assert unity.get("table", ORDERS).owner == "analysts"


def test_using_a_warehouse_needs_its_permission_and_the_entitlement(
    as_robot, robot, workspace, sandbox
):
    assert run(as_robot, "SELECT 1").result.data_array == [["1"]]
    sandbox.databricks.workspace.entitlements[int(robot.id)].clear()
    with pytest.raises(PermissionDenied, match="databricks-sql-access"):
        run(as_robot, "SELECT 1")
    del sandbox.databricks.warehouses.all[WAREHOUSE_ID].acl[robot.application_id]
    with pytest.raises(PermissionDenied, match="not authorized to use this SQL Endpoint"):
        run(as_robot, "SELECT 1")


def test_each_missing_privilege_is_named_from_the_top(as_robot, sandbox, robot):
    name, query = robot.application_id, f"SELECT count(*) FROM {ORDERS}"
    for securable, target, privilege in (
        ("catalog", "main", "USE CATALOG"),
        ("schema", "main.sales", "USE SCHEMA"),
        ("table", ORDERS, "SELECT"),
    ):
        message = refusal(as_robot, query)
        assert message.startswith("[INSUFFICIENT_PERMISSIONS] Insufficient privileges:")
        assert f"{privilege} on {securable.capitalize()} '{target}'" in message
        assert message.endswith("SQLSTATE: 42501")
        sandbox.databricks.unity.grant(securable, target, name, privilege.replace(" ", "_"))
    assert run(as_robot, query).result.data_array == [["4"]]
    assert "SELECT on Table" in refusal(as_robot, "SELECT * FROM main.sales.customers")


@pytest.mark.parametrize(
    ("securable", "target"), [("catalog", "main"), ("schema", "main.sales"), ("table", ORDERS)]
)
def test_select_is_inherited_from_where_it_was_granted(as_robot, robot, sandbox, securable, target):
    unity, name = sandbox.databricks.unity, robot.application_id
    unity.grant("catalog", "main", name, "USE_CATALOG")
    unity.grant("schema", "main.sales", name, "USE_SCHEMA")
    unity.grant(securable, target, name, "SELECT")
    assert run(as_robot, f"SELECT * FROM {ORDERS}").manifest.total_row_count == 4
    unity.revoke(securable, target, name, "SELECT")
    assert "SELECT on Table" in refusal(as_robot, f"SELECT * FROM {ORDERS}")


def test_people_read_what_their_groups_may_read(login):
    readable = {
        ALICE: ["main.sales.orders", "main.reference.countries"],
        BOB: ["main.hr.salaries", "raw.events.clicks", "raw.landing.files"],
    }
    every = sorted(sum(readable.values(), []))  # noqa: RUF017 - two short lists
    for person, mine in readable.items():
        client = login.client(person)
        assert run(client, "SELECT current_user()").result.data_array == [[person]]
        allowed = [
            t
            for t in every
            if run(client, f"SELECT * FROM {t}").status.state == sql.StatementState.SUCCEEDED
        ]
        assert allowed == sorted(mine)


@pytest.mark.parametrize(
    ("statement", "missing"),
    [
        (f"INSERT INTO {ORDERS} (id) VALUES (9)", "MODIFY on Table 'main.sales.orders'"),
        (f"UPDATE {ORDERS} SET status = 'x'", "MODIFY on Table 'main.sales.orders'"),
        (f"DELETE FROM {ORDERS}", "MODIFY on Table 'main.sales.orders'"),
        (f"TRUNCATE TABLE {ORDERS}", "MODIFY on Table 'main.sales.orders'"),
        ("CREATE TABLE main.sales.mine AS SELECT 1 AS a", "CREATE TABLE on Schema 'main.sales'"),
        ("CREATE SCHEMA main.mine", "CREATE SCHEMA on Catalog 'main'"),
        (f"DROP TABLE {ORDERS}", "MANAGE on Table 'main.sales.orders'"),
    ],
)
def test_a_reader_may_not_write(login, statement, missing):
    assert missing in refusal(login.client(ALICE), statement)


def test_a_privilege_given_by_hand_shows(as_robot, robot, sandbox):
    unity, name = sandbox.databricks.unity, robot.application_id
    unity.grant("catalog", "main", name, "USE_CATALOG", "USE_SCHEMA", "SELECT", "MODIFY")
    unity.grant("schema", "main.sales", name, "CREATE_TABLE")
    for statement in (
        f"INSERT INTO {ORDERS} (id) VALUES (9)",
        f"CREATE TABLE main.sales.mine AS SELECT id FROM {ORDERS}",
    ):
        assert run(as_robot, statement).status.state == sql.StatementState.SUCCEEDED, statement
    found = run(as_robot, "SELECT count(*) AS n FROM main.sales.mine")
    assert found.result.data_array == [["5"]], "its owner may read it"


@pytest.mark.parametrize(
    ("statement", "condition"),
    [
        ("SELECT * FROM nope.a.b", "NO_SUCH_CATALOG_EXCEPTION"),
        ("SELECT * FROM main.nope.b", "SCHEMA_NOT_FOUND"),
        ("SELECT * FROM main.sales.nope", "TABLE_OR_VIEW_NOT_FOUND"),
        ("SELECT 1; DROP TABLE main.sales.orders", "PARSE_SYNTAX_ERROR"),
        ("SELECT FROM WHERE (", "PARSE_SYNTAX_ERROR"),
        ("SHOW TABLES", "NOT_IMPLEMENTED"),
        ("WITH a AS (SELECT * FROM main.hr.salaries) SELECT * FROM a", "INSUFFICIENT_PERMISSIONS"),
        ("SELECT (SELECT max(salary) FROM main.hr.salaries)", "INSUFFICIENT_PERMISSIONS"),
        ("SELECT * FROM read_csv('/etc/passwd')", "UNRESOLVABLE_TABLE_VALUED_FUNCTION"),
    ],
)
def test_what_cannot_be_run_says_why(login, statement, condition):
    assert refusal(login.client(ALICE), statement).startswith(f"[{condition}]")


def test_results_have_the_statement_apis_shape(login):
    alice = login.client(ALICE)
    query = (
        "WITH big AS (SELECT * FROM orders WHERE amount > 10) "
        "SELECT big.id, c.name, sum(big.amount) AS total, true AS yes, NULL AS nothing "
        "FROM big JOIN main.sales.customers AS c ON c.id = big.customer_id "
        "GROUP BY ALL ORDER BY 1"
    )
    done = alice.statement_execution.execute_statement(
        query, WAREHOUSE_ID, catalog="main", schema="sales"
    )
    kinds = [(c.name, c.type_name.value) for c in done.manifest.schema.columns]
    assert kinds[:4] == [
        ("id", "INT"), ("name", "STRING"), ("total", "DECIMAL"), ("yes", "BOOLEAN"),
    ]  # fmt: skip
    assert done.result.data_array[0] == ["1", "Ada", "19.90", "true", None]


def test_a_statement_can_be_fetched_later_by_its_caller_only(login):
    alice, bob = login.client(ALICE), login.client(BOB)
    pending = alice.statement_execution.execute_statement(
        "SELECT 1", WAREHOUSE_ID, wait_timeout="0s"
    )
    assert pending.status.state == sql.StatementState.PENDING
    done = alice.statement_execution.get_statement(pending.statement_id)
    assert done.result.data_array == [["1"]]
    with pytest.raises(NotFound):
        bob.statement_execution.get_statement(pending.statement_id)
