"""What the tests of environments on Snowflake share: their configuration, and clients."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
import requests
import snowflake.connector
from cryptography.hazmat.primitives import serialization

from sandbox.snowflake.world import DEPLOYER
from tests.integration.conftest import example

ACCOUNT = "SANDBOX-ANALYTICS"


@pytest.fixture(scope="session")
def base_config() -> dict[str, Any]:
    return example("dev-snowflake")


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


def authorize(outputs: dict[str, Any], person: str, **changes: str) -> dict[str, Any]:
    """The form's fields, used as Cube Cloud would: authorize, consent, exchange."""
    app = outputs["cube_oauth_app"]
    query = {
        "client_id": app["client_id"],
        "redirect_uri": app["redirect_uri"],
        "response_type": "code",
        "scope": " ".join(app["scopes"]),
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "code_challenge_method": "S256",
        "state": "s",
        "login_hint": person,
        **changes,
    }
    sent = {key: value for key, value in query.items() if value}
    consent = requests.get(app["auth_url"], params=sent, allow_redirects=False, timeout=10)
    if consent.status_code != 302:
        return {"error": consent.text}
    reply = {k: v[0] for k, v in parse_qs(urlsplit(consent.headers["Location"]).query).items()}
    if "code" not in reply:
        return dict(reply)
    # The verifier is RFC 7636's own example, of which the challenge above is made.
    form = {
        "grant_type": "authorization_code",
        "code": reply["code"],
        "redirect_uri": app["redirect_uri"],
        "code_verifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    }
    return exchange(outputs, form)


def exchange(outputs: dict[str, Any], form: dict[str, str]) -> dict[str, Any]:
    app = outputs["cube_oauth_app"]
    login = (app["client_id"], app["client_secret"])
    return dict(requests.post(app["token_url"], data=form, auth=login, timeout=10).json())
