"""Clients of the sandbox's Snowflake account: the deployer, and the service account of a stack."""

from __future__ import annotations

import json
import os
from typing import Any

import boto3
import snowflake.connector
from cryptography.hazmat.primitives import serialization

from sandbox.snowflake.world import DEPLOYER

ACCOUNT = "SANDBOX-ANALYTICS"


class Client:
    """Snowflake's own connector, asked for one thing at a time."""

    def __init__(self, **how: Any) -> None:
        self._connection = snowflake.connector.connect(account=ACCOUNT, **how)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())  # type: ignore[arg-type]

    def value(self, statement: str) -> Any:
        return self.rows(statement)[0][0]

    def refusal(self, statement: str) -> str:
        """Why it is refused; empty if it is not."""
        try:
            self.rows(statement)
        except snowflake.connector.errors.ProgrammingError as error:
            return str(error)
        return ""


def key_pair(user: str, pem: str, **how: Any) -> Client:
    key = serialization.load_pem_private_key(pem.encode(), None).private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Client(user=user, private_key=key, **how)


def by_hand(role: str = "ACCOUNTADMIN") -> Client:
    """The deployer, for what somebody does without us."""
    pem = os.environ["SNOWFLAKE_PRIVATE_KEY"]
    return key_pair(DEPLOYER, pem, role=role, warehouse="COMPUTE_WH")


def stored() -> dict[str, str]:
    """What Secrets Manager has."""
    client = boto3.client("secretsmanager")
    arn = client.list_secrets()["SecretList"][0]["ARN"]
    return dict(json.loads(client.get_secret_value(SecretId=arn)["SecretString"]))


def service(document: dict[str, str] | None = None) -> Client:
    """The service account, with what is stored or was."""
    document = document or stored()
    return key_pair(document["user"], document["privateKey"])


def works(document: dict[str, str]) -> bool:
    try:
        return bool(service(document).value("SELECT count(*) FROM ANALYTICS.SALES.ORDERS"))
    except snowflake.connector.errors.DatabaseError as error:
        if "JWT token is invalid" not in str(error):
            raise
        return False
