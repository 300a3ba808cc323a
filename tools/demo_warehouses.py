"""What differs between the demo's warehouses: how to sign in, what to try, what could be left."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import snowflake.connector
from cryptography.hazmat.primitives import serialization
from databricks.sdk import AccountClient, WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.service.sql import StatementState

from sandbox.snowflake.world import ALICE, BOB

Settings = dict[str, Any]
Try = Callable[[str], str]
"""Runs a statement; why it was refused, or nothing."""


@dataclass(frozen=True)
class Warehouse:
    title: str
    tries: Sequence[tuple[str, bool, str]]
    """Statements of the service account's, whether they should work, and what they are."""
    widened: str
    """A schema that is not granted."""
    source: str
    """The key of a person's credential in Cube Cloud."""
    orders: str
    """What each person asks Cube for."""
    company: str
    """What Cube pre-aggregates."""
    people: Mapping[str, tuple[str, str]]
    """By address: who they are to the warehouse, and what they are answered, or a part of it."""
    in_all: str
    """What everybody is answered of what is pre-aggregated."""
    sign_in: Callable[[Settings, dict[str, str]], Try]
    """As the service account, with what the secret store holds."""
    left: Callable[[Settings, str], list[str]]
    """What of this name is still in the account."""
    played: str = ""
    """What stands in for a part of Cube's driver."""
    before: Sequence[str] = ()
    """What an administrator of the warehouse did before people ask."""
    after: Sequence[str] = ()
    """What takes it back."""


def databricks_sign_in(settings: Settings, document: dict[str, str]) -> Try:
    config = Config(
        host=f"https://{settings['databricksWorkspaceHost']}",
        client_id=document["clientId"],
        client_secret=document["clientSecret"],
        auth_type="oauth-m2m",
    )
    client = WorkspaceClient(config=config)

    def run(statement: str) -> str:
        warehouse = settings["sqlWarehouseId"]
        status = client.statement_execution.execute_statement(statement, warehouse).status
        return "" if status and status.state is StatementState.SUCCEEDED else str(status)

    return run


def databricks_left(settings: Settings, name: str) -> list[str]:
    account = AccountClient(
        host="https://accounts.cloud.databricks.com",
        account_id=settings["databricksAccountId"],
    )
    apps = [app.name or "" for app in account.custom_app_integration.list()]
    return apps + [name for each in account.service_principals.list() if each.display_name == name]


def connect(settings: Settings, user: str, pem: str) -> snowflake.connector.SnowflakeConnection:
    key = serialization.load_pem_private_key(pem.encode(), None).private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    account = settings["snowflakeAccount"]
    return snowflake.connector.connect(account=account, user=user, private_key=key)


def snowflake_sign_in(settings: Settings, document: dict[str, str]) -> Try:
    def run(statement: str) -> str:
        with connect(settings, document["user"], document["privateKey"]) as connection:
            try:
                connection.cursor().execute(statement)
            except snowflake.connector.errors.ProgrammingError as error:
                return str(error)
            return ""

    return run


def snowflake_left(settings: Settings, name: str) -> list[str]:
    environ = os.environ
    found = []
    user, pem = environ["SNOWFLAKE_USER"], environ["SNOWFLAKE_PRIVATE_KEY"]
    with connect(settings, user, pem) as connection:
        for kind in ("ROLES", "USERS", "SECURITY INTEGRATIONS", "WAREHOUSES", "NETWORK POLICIES"):
            rows = connection.cursor().execute(f"SHOW {kind} LIKE '{name}%'")
            found += [f"{kind.lower()}: {name}" for _ in rows or ()]
    return found


WAREHOUSES: dict[str, tuple[str, Warehouse]] = {
    "databricks": (
        "sandbox-databricks",
        Warehouse(
            title="Databricks",
            tries=[
                ("SELECT count(*) FROM main.sales.orders", True, "in a granted schema"),
                ("SELECT count(*) FROM main.reference.countries", True, "a granted table"),
                ("SELECT * FROM main.hr.salaries", False, "a schema that was not granted"),
                ("SELECT * FROM raw.events.clicks", False, "another catalog"),
                ("DELETE FROM main.sales.orders", False, "a write"),
                ("CREATE TABLE main.sales.mine (x INT)", False, "new objects"),
            ],
            widened="main.hr",
            source="databricks",
            orders="SELECT current_user() AS seen_by FROM main.sales.orders",
            company="SELECT current_user() AS seen_by FROM main.sales.orders",
            people={
                ALICE: (ALICE, "orders: 4"),
                BOB: (BOB, "User does not have USE SCHEMA on Schema 'main.sales'"),
            },
            in_all="orders: 4",
            played="; Databricks' JDBC driver (statements go over its REST API instead)",
            sign_in=databricks_sign_in,
            left=databricks_left,
        ),
    ),
    "snowflake": (
        "sandbox-snowflake",
        Warehouse(
            title="Snowflake",
            tries=[
                ("SELECT count(*) FROM ANALYTICS.SALES.ORDERS", True, "in a granted schema"),
                ("SELECT count(*) FROM ANALYTICS.REFERENCE.COUNTRIES", True, "a granted table"),
                ("SELECT * FROM ANALYTICS.HR.SALARIES", False, "a schema that was not granted"),
                ("SELECT * FROM RAW.EVENTS.CLICKS", False, "another database"),
                ("DELETE FROM ANALYTICS.SALES.ORDERS", False, "a write"),
                ("CREATE TABLE ANALYTICS.SALES.MINE (X INT)", False, "new objects"),
                ("USE ROLE SYSADMIN", False, "another role"),
            ],
            widened="ANALYTICS.HR",
            source="snowflake",
            orders="SELECT CURRENT_USER() AS SEEN_BY FROM ANALYTICS.SALES.MY_ORDERS",
            company="SELECT CURRENT_USER() AS SEEN_BY FROM ANALYTICS.SALES.ORDERS",
            people={
                ALICE: ("ALICE", "orders: 2"),
                BOB: ("BOB", "orders: 1"),
            },
            in_all="orders: 4",
            # Bob is an engineer, who may not look at orders; as an analyst he has one of his own.
            before=(
                "GRANT ROLE ANALYST TO USER BOB",
                "ALTER USER BOB SET DEFAULT_ROLE = 'ANALYST'",
            ),
            after=(
                "ALTER USER BOB SET DEFAULT_ROLE = 'ENGINEER'",
                "REVOKE ROLE ANALYST FROM USER BOB",
            ),
            sign_in=snowflake_sign_in,
            left=snowflake_left,
        ),
    ),
}
"""By the word of `make demo WAREHOUSE=…`: the stack, and the warehouse."""
