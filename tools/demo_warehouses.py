"""What differs between the demo's warehouses: how to sign in, what to try, what could be left."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import snowflake.connector
from cryptography.hazmat.primitives import serialization
from databricks.sdk import AccountClient, WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.service.sql import StatementState

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
    sign_in: Callable[[Settings, dict[str, str]], Try]
    """As the service account, with what the secret store holds."""
    left: Callable[[Settings, str], list[str]]
    """What of this name is still in the account."""


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
        "dev",
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
            sign_in=databricks_sign_in,
            left=databricks_left,
        ),
    ),
    "snowflake": (
        "dev-snowflake",
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
            sign_in=snowflake_sign_in,
            left=snowflake_left,
        ),
    ),
}
"""By the word of `make demo WAREHOUSE=…`: the stack, and the warehouse."""
