"""One applied environment, looked at from every side: what it gives, and to whom."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.errors import PermissionDenied

from sandbox.databricks.world import ALICE, BOB, WAREHOUSE_ID, WORKSPACE_HOST
from tests.helpers import driver_factory
from tools.authorize import authorize, exchange
from tools.stacks import Stack

WORKSPACE = f"https://{WORKSPACE_HOST}"


def run(client: WorkspaceClient, statement: str) -> str:
    """The first cell of the answer, or the warehouse's error."""
    answer = client.statement_execution.execute_statement(statement, WAREHOUSE_ID)
    assert answer.status is not None
    if answer.status.error is not None:
        return str(answer.status.error.message)
    rows = answer.result.data_array if answer.result else None
    return rows[0][0] if rows else ""


@pytest.fixture(scope="module")
def outputs(applied: Stack) -> dict[str, Any]:
    return applied.outputs()


@pytest.fixture(scope="module")
def stored(outputs: dict[str, Any]) -> dict[str, str]:
    client = boto3.client("secretsmanager")
    return dict(json.loads(client.get_secret_value(SecretId=outputs["secret_arn"])["SecretString"]))


@pytest.fixture(scope="module")
def service(stored: dict[str, str]) -> WorkspaceClient:
    config = Config(
        host=WORKSPACE,
        client_id=stored["clientId"],
        client_secret=stored["clientSecret"],
        auth_type="oauth-m2m",
    )
    return WorkspaceClient(config=config)


class TestOutputs:
    def test_the_preview_of_the_unchanged_environment_is_empty(self, applied: Stack) -> None:
        applied.unchanged()

    def test_so_it_is_after_a_refresh(self, applied: Stack) -> None:
        applied.must("refresh", "--yes", "--skip-preview")
        applied.unchanged()

    def test_cube_env_is_what_cube_and_our_file_read(
        self, outputs: dict[str, Any], stored: dict[str, str]
    ) -> None:
        assert outputs["cube_env"] == {
            "CUBEJS_DB_TYPE": "databricks-jdbc",
            "CUBEJS_DB_DATABRICKS_URL": (
                f"jdbc:databricks://{WORKSPACE_HOST}:443/default;transportMode=http;ssl=1;"
                f"httpPath=/sql/1.0/warehouses/{WAREHOUSE_ID};AuthMech=3;UID=token"
            ),
            "CUBEJS_DB_DATABRICKS_ACCEPT_POLICY": "true",
            "CUBEJS_DB_DATABRICKS_CATALOG": "main",
            "CUBE_SERVICE_DATABRICKS_CLIENT_ID": stored["clientId"],
            "CUBE_SERVICE_DATABRICKS_CLIENT_SECRET": stored["clientSecret"],
        }

    def test_the_secret_has_the_shape_that_aws_rotates(
        self, stored: dict[str, str], outputs: dict[str, Any]
    ) -> None:
        assert set(stored) == {
            "accountId",
            "servicePrincipalId",
            "clientId",
            "clientSecret",
            "oauthSecretId",
        }
        assert stored["servicePrincipalId"].isdigit()
        assert outputs["service_account"]["id"] == stored["clientId"]

    def test_privileges_are_listed(self, outputs: dict[str, Any]) -> None:
        assert outputs["service_account"]["privileges"] == [
            "USE_CATALOG ON main",
            "USE_SCHEMA ON main.reference",
            "SELECT ON main.reference.countries",
            "SELECT ON main.sales",
            "USE_SCHEMA ON main.sales",
            "CAN_USE ON SQL warehouse",
        ]

    def test_cube_py_of_the_stack_hands_the_stored_credential_to_probes(
        self, outputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
    ) -> None:
        driver = driver_factory(outputs, monkeypatch, tmp_path)({})
        client = WorkspaceClient(
            config=Config(
                host=WORKSPACE,
                client_id=driver["oauthClientId"],
                client_secret=driver["oauthClientSecret"],
                auth_type="oauth-m2m",
            )
        )
        assert run(client, "SELECT count(*) FROM main.sales.orders") == "4"


class TestServiceAccount:
    @pytest.mark.parametrize(
        "statement",
        [
            "SELECT count(*) FROM main.sales.orders",
            "SELECT count(*) FROM main.sales.customers",
            "SELECT count(*) FROM main.reference.countries",
        ],
    )
    def test_reads_what_is_listed(self, service: WorkspaceClient, statement: str) -> None:
        assert int(run(service, statement)) > 0

    @pytest.mark.parametrize(
        "statement",
        [
            "SELECT * FROM main.hr.salaries",
            "SELECT * FROM raw.events.clicks",
            "INSERT INTO main.sales.orders VALUES (9, 9, 9, '2025-01-01', 'x')",
            "UPDATE main.sales.orders SET amount = 0",
            "DELETE FROM main.sales.orders",
            "CREATE TABLE main.sales.mine (x INT)",
            "DROP TABLE main.sales.orders",
            "SELECT o.id FROM main.sales.orders o JOIN main.hr.salaries s ON true",
        ],
    )
    def test_is_refused_everything_else(self, service: WorkspaceClient, statement: str) -> None:
        assert "INSUFFICIENT_PERMISSIONS" in run(service, statement)

    def test_may_use_the_warehouse_but_not_change_it(self, service: WorkspaceClient) -> None:
        assert service.warehouses.get(WAREHOUSE_ID).name == "Shared BI"
        with pytest.raises(PermissionDenied):
            service.warehouses.edit(WAREHOUSE_ID, name="Mine")

    def test_has_the_one_entitlement_that_sql_needs(
        self, applied: Stack, stored: dict[str, str]
    ) -> None:
        workspace = applied.sandbox.databricks.workspace
        assert workspace.entitlements[int(stored["servicePrincipalId"])] == {
            "databricks-sql-access"
        }


class TestPeople:
    @pytest.mark.parametrize(
        ("person", "reads", "refused"),
        [
            (ALICE, "main.sales.orders", "main.hr.salaries"),
            (BOB, "main.hr.salaries", "main.sales.orders"),
        ],
    )
    def test_each_queries_as_themselves(
        self, outputs: dict[str, Any], person: str, reads: str, refused: str
    ) -> None:
        token = authorize(outputs, person)["access_token"]
        client = WorkspaceClient(host=WORKSPACE, token=token, auth_type="pat")
        assert run(client, "SELECT current_user()") == person
        assert int(run(client, f"SELECT count(*) FROM {reads}")) > 0
        assert "INSUFFICIENT_PERMISSIONS" in run(client, f"SELECT * FROM {refused}")

    def test_tokens_can_be_refreshed_and_end_as_configured(self, outputs: dict[str, Any]) -> None:
        got: dict[str, Any] = dict(authorize(outputs, ALICE))
        assert got["expires_in"] == 3600
        form = {"grant_type": "refresh_token", "refresh_token": got["refresh_token"]}
        assert "access_token" in exchange(outputs, form)

    @pytest.mark.parametrize(
        ("change", "value"),
        [("redirect_uri", "https://evil.example.com/cb"), ("scope", "sql all-apis")],
    )
    def test_what_was_not_registered_is_refused(
        self, outputs: dict[str, Any], change: str, value: str
    ) -> None:
        assert "error" in authorize(outputs, ALICE, **{change: value})
