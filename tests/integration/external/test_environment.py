"""A warehouse in which nothing is made: the secret store, the outputs and cube.py work the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from tests.helpers import driver_factory
from tests.integration.leaks import life, nothing_readable
from tools.stacks import PACK, Stack

# Assembled, and of no real form.
PASSWORD = "-".join(("planted", "service", "password"))
RENEWED = "-".join(("planted", "renewed", "password"))
CLIENT_SECRET = "-".join(("planted", "client", "secret"))
CONFIG: dict[str, Any] = {
    "warehouse": "external",
    "protect": False,
    "secretRecoveryDays": 0,
    "redirectUris": ["https://example.cubecloud.dev/oauth/callback"],
    "awsRegion": "eu-central-1",
    "externalType": "postgres",
    "externalHost": "db.example.com",
    "externalDatabase": "sales",
    "externalUser": "cube_service",
    "externalClientId": "cube-client",
    "externalAuthUrl": "https://login.example.com/authorize",
    "externalTokenUrl": "https://login.example.com/token",
    "externalScopes": ["offline_access", "db.access"],
    "dataSource": "people",
    "otherDataSources": {"default": "mysql"},
}


@pytest.fixture(scope="session")
def base_config() -> dict[str, Any]:
    return {f"cube-access:{key}": value for key, value in CONFIG.items()}


def set_secret(stack: Stack, key: str, value: str) -> None:
    """As a person does it: encrypted in the stack's file."""
    stack.must("config", "set", "--secret", f"cube-access:{key}", value)
    content = (stack.folder / f"Pulumi.{stack.name}.yaml").read_text()
    assert value not in content
    stack.config = dict(yaml.safe_load(content)["config"])


@pytest.fixture
def external(make_stack: Callable[..., Stack]) -> Stack:
    stack = make_stack()
    set_secret(stack, "externalPassword", PASSWORD)
    set_secret(stack, "externalClientSecret", CLIENT_SECRET)
    return stack


def stored() -> dict[str, Any]:
    client = boto3.client("secretsmanager")
    (secret,) = client.list_secrets()["SecretList"]
    return dict(json.loads(client.get_secret_value(SecretId=secret["ARN"])["SecretString"]))


def test_what_is_there_is_handed_to_cube_and_its_secret_is_kept(
    external: Stack, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    judged = external.must("preview", *PACK).output
    assert "✅ cube-access@" in judged, f"the policy pack has something to say:\n{judged}"
    external.apply()
    outputs = external.outputs()
    assert outputs["cube_env"] == {
        "CUBEJS_DATASOURCES": "people,default",
        "CUBEJS_DB_TYPE": "mysql",
        "CUBEJS_DS_PEOPLE_DB_TYPE": "postgres",
        "CUBEJS_DS_PEOPLE_DB_HOST": "db.example.com",
        "CUBEJS_DS_PEOPLE_DB_PORT": "5432",
        "CUBEJS_DS_PEOPLE_DB_NAME": "sales",
        "CUBEJS_DS_PEOPLE_DB_USER": "cube_service",
        "CUBE_ACCESS_PERSON_USER": "{username}",
        "CUBE_SERVICE_PASSWORD": PASSWORD,
    }
    assert outputs["cube_oauth_app"] == {
        "name": "cube-dev",
        "auth_url": "https://login.example.com/authorize",
        "token_url": "https://login.example.com/token",
        "client_id": "cube-client",
        "client_secret": CLIENT_SECRET,
        "scopes": ["offline_access", "db.access"],
        "redirect_uri": "https://example.cubecloud.dev/oauth/callback",
    }
    assert outputs["service_account"]["id"] == "cube_service"
    # AWS's shape of a database secret.
    assert stored() == {
        "engine": "postgres",
        "host": "db.example.com",
        "port": 5432,
        "dbname": "sales",
        "username": "cube_service",
        "password": PASSWORD,
    }

    driver = driver_factory(outputs, monkeypatch, tmp_path)
    login = {"type": "postgres", "ssl": {"rejectUnauthorized": True}}
    credential = {"accessToken": "alice-token", "status": "active"}
    alice = {"username": "alice@example.com", "userCredentials": {"postgres": credential}}
    person = {"securityContext": {"cubeCloud": alice}, "dataSource": "people"}
    assert driver(person) == {**login, "user": "alice@example.com", "password": "alice-token"}
    probe = {**login, "user": "cube_service", "password": PASSWORD}
    assert driver({"dataSource": "people"}) == probe
    assert driver({}) == {"type": "mysql"}

    external.unchanged("--refresh")
    external.must("destroy", "--yes", "--skip-preview")
    assert boto3.client("secretsmanager").list_secrets()["SecretList"] == []


def test_no_secret_is_readable_anywhere(external: Stack) -> None:
    texts = life(external, {"externalType": "bigquery"}, {"externalType": "postgres"})
    assert "externalType = bigquery: cannot be" in texts["log of a failed up"]
    set_secret(external, "externalPassword", RENEWED)
    texts["preview of a new password"] = external.pulumi("preview", "--diff").output
    texts["up of a new password"] = external.apply().output
    assert stored()["password"] == RENEWED
    texts["exported state afterwards"] = external.export()
    nothing_readable(
        texts,
        {"password": PASSWORD, "new password": RENEWED, "client secret": CLIENT_SECRET},
    )
