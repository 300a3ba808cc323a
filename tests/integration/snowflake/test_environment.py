"""One applied environment, looked at from every side: what it gives, and to whom."""

from __future__ import annotations

from typing import Any

import pytest
import snowflake.connector

from sandbox.snowflake.world import ADMIN, ALICE, BOB
from tests.helpers import driver_factory
from tools.authorize import authorize, exchange
from tools.snowflake_client import Client, by_hand, key_pair, service, stored
from tools.stacks import Stack


@pytest.fixture(scope="module")
def outputs(applied: Stack) -> dict[str, Any]:
    return applied.outputs()


@pytest.fixture(scope="module")
def robot(applied: Stack) -> Client:
    return service()


class TestOutputs:
    def test_the_preview_of_the_unchanged_environment_is_empty(self, applied: Stack) -> None:
        applied.unchanged()

    def test_so_it_is_after_a_refresh(self, applied: Stack) -> None:
        applied.must("refresh", "--yes", "--skip-preview")
        applied.unchanged()

    def test_cube_env_is_what_cube_and_our_file_read(self, outputs: dict[str, Any]) -> None:
        assert outputs["cube_env"] == {
            "CUBEJS_DB_TYPE": "snowflake",
            "CUBEJS_DB_SNOWFLAKE_ACCOUNT": "SANDBOX-ANALYTICS",
            "CUBEJS_DB_SNOWFLAKE_WAREHOUSE": "COMPUTE_WH",
            "CUBEJS_DB_NAME": "ANALYTICS",
            "CUBEJS_DB_USER": "CUBE_DEV",
            "CUBEJS_DB_SNOWFLAKE_AUTHENTICATOR": "SNOWFLAKE_JWT",
            "CUBEJS_DB_SNOWFLAKE_PRIVATE_KEY": stored()["privateKey"],
            "CUBEJS_DB_SNOWFLAKE_CLIENT_SESSION_KEEP_ALIVE": "false",
            "CUBE_SERVICE_SNOWFLAKE_ROLE": "CUBE_DEV",
        }

    def test_the_secret_has_the_shape_that_aws_rotates(self, outputs: dict[str, Any]) -> None:
        document = stored()
        assert set(document) == {"account", "user", "privateKey", "publicKey", "passphrase"}
        assert document["privateKey"].startswith("-----BEGIN PRIVATE KEY-----\n")
        assert outputs["service_account"]["id"] == document["user"] == "CUBE_DEV"

    def test_privileges_are_listed(self, outputs: dict[str, Any]) -> None:
        assert outputs["service_account"]["privileges"] == [
            "SELECT ON ALL AND FUTURE TABLES IN ANALYTICS.SALES",
            "SELECT ON ALL AND FUTURE VIEWS IN ANALYTICS.SALES",
            "SELECT ON ANALYTICS.REFERENCE.COUNTRIES",
            "USAGE ON DATABASE ANALYTICS",
            "USAGE ON SCHEMA ANALYTICS.REFERENCE",
            "USAGE ON SCHEMA ANALYTICS.SALES",
            "USAGE ON WAREHOUSE",
        ]

    def test_cube_py_of_the_stack_hands_the_stored_credential_to_probes(
        self, outputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Any
    ) -> None:
        driver = driver_factory(outputs, monkeypatch, tmp_path)({})
        client = key_pair(driver["username"], driver["privateKey"], role=driver["role"])
        assert client.value("SELECT count(*) FROM ANALYTICS.SALES.ORDERS") == 4


class TestServiceAccount:
    @pytest.mark.parametrize(
        "name",
        ["ANALYTICS.SALES.ORDERS", "ANALYTICS.SALES.CUSTOMERS", "ANALYTICS.REFERENCE.COUNTRIES"],
    )
    def test_reads_what_is_listed(self, robot: Client, name: str) -> None:
        assert robot.value(f"SELECT count(*) FROM {name}") > 0

    def test_reads_views_too(self, robot: Client) -> None:
        assert robot.value("SELECT count(*) FROM ANALYTICS.SALES.MY_ORDERS") == 0

    def test_reads_a_table_that_is_created_afterwards(self, robot: Client) -> None:
        engineer = by_hand("SYSADMIN")
        engineer.rows("CREATE TABLE ANALYTICS.SALES.NEW_ONE AS SELECT 7 AS X")
        assert robot.value("SELECT X FROM ANALYTICS.SALES.NEW_ONE") == 7
        engineer.rows("CREATE OR REPLACE TABLE ANALYTICS.SALES.NEW_ONE AS SELECT 8 AS X")
        assert robot.value("SELECT X FROM ANALYTICS.SALES.NEW_ONE") == 8, "as dbt rebuilds it"

    @pytest.mark.parametrize(
        "statement",
        [
            "SELECT * FROM ANALYTICS.HR.SALARIES",
            "SELECT * FROM RAW.EVENTS.CLICKS",
            "INSERT INTO ANALYTICS.SALES.CUSTOMERS VALUES (9, 'x', 'DE')",
            "UPDATE ANALYTICS.SALES.ORDERS SET AMOUNT = 0",
            "DELETE FROM ANALYTICS.SALES.ORDERS",
            "CREATE TABLE ANALYTICS.SALES.MINE (X INT)",
            "DROP TABLE ANALYTICS.SALES.ORDERS",
            "GRANT SELECT ON TABLE ANALYTICS.SALES.ORDERS TO ROLE PUBLIC",
            "GRANT ROLE CUBE_DEV TO ROLE PUBLIC",
            "CREATE ROLE MINE",
            "ALTER WAREHOUSE COMPUTE_WH SET WAREHOUSE_SIZE = 'LARGE'",
            "USE ROLE SYSADMIN",
            "USE ROLE ANALYST",
        ],
    )
    def test_is_refused_everything_else(self, robot: Client, statement: str) -> None:
        assert robot.refusal(statement), "it was done"

    def test_is_a_service_without_a_password(self, applied: Stack) -> None:
        user = applied.sandbox.snowflake.users.get("CUBE_DEV")
        assert user is not None
        assert (user.type, user.password, user.default_secondary_roles) == ("SERVICE", None, ())
        with pytest.raises(snowflake.connector.errors.DatabaseError):
            Client(user="CUBE_DEV", password="guessed")

    def test_a_role_that_it_is_given_by_hand_adds_nothing(self, applied: Stack) -> None:
        admin = by_hand()
        admin.rows("GRANT ROLE ENGINEER TO USER CUBE_DEV")
        try:
            assert service().refusal("SELECT * FROM RAW.EVENTS.CLICKS")
        finally:
            admin.rows("REVOKE ROLE ENGINEER FROM USER CUBE_DEV")


class TestPeople:
    def client(self, token: str) -> Client:
        return Client(authenticator="oauth", token=token, warehouse="COMPUTE_WH")

    def test_each_queries_as_themselves(self, outputs: dict[str, Any]) -> None:
        alice = self.client(authorize(outputs, ALICE)["access_token"])
        mine = alice.rows("SELECT CURRENT_USER(), SALES_REP FROM ANALYTICS.SALES.MY_ORDERS")
        assert mine == [("ALICE", "ALICE"), ("ALICE", "ALICE")], "her rows and nobody else's"
        assert alice.refusal("SELECT * FROM RAW.EVENTS.CLICKS")
        bob = self.client(authorize(outputs, BOB)["access_token"])
        assert bob.value("SELECT count(*) FROM RAW.EVENTS.CLICKS") == 2
        assert bob.refusal("SELECT * FROM ANALYTICS.SALES.ORDERS")

    def test_a_session_keeps_its_one_role(self, outputs: dict[str, Any]) -> None:
        alice = self.client(authorize(outputs, ALICE)["access_token"])
        assert alice.refusal("USE ROLE PUBLIC")
        assert alice.refusal("USE SECONDARY ROLES ALL")

    def test_tokens_can_be_refreshed(self, outputs: dict[str, Any]) -> None:
        got = authorize(outputs, ALICE)
        assert got["expires_in"] == 600
        assert got["refresh_token_expires_in"] == 10_080 * 60
        form = {"grant_type": "refresh_token", "refresh_token": got["refresh_token"]}
        fresh = exchange(outputs, form)["access_token"]
        assert self.client(fresh).value("SELECT CURRENT_USER()") == "ALICE"

    def test_an_administrator_is_kept_out(self, outputs: dict[str, Any]) -> None:
        assert "explicitly blocked" in authorize(outputs, ADMIN)["error_description"]
        scope = "refresh_token session:role:SYSADMIN"
        assert "explicitly blocked" in authorize(outputs, ADMIN, scope=scope)["error_description"]

    @pytest.mark.parametrize(
        ("change", "value"),
        [
            ("redirect_uri", "https://evil.example.com/cb"),
            ("code_challenge", ""),
            ("scope", "refresh_token session:role:ENGINEER"),
        ],
    )
    def test_what_was_not_registered_is_refused(
        self, outputs: dict[str, Any], change: str, value: str
    ) -> None:
        assert "error" in authorize(outputs, ALICE, **{change: value})
