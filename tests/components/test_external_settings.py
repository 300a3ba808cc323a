"""Configuration of a warehouse in which nothing is made."""

from __future__ import annotations

from typing import Any

import pytest

from cube_access.settings import PROJECT, ExternalSettings, SettingsError, load
from cube_access.settings.external import REFUSED

SECRETS = {
    "externalPassword": "-".join(("planted", "password")),
    "externalClientSecret": "-".join(("planted", "client")),
}
GOOD = {
    "warehouse": "external",
    "redirectUris": '["https://example.cubecloud.dev/oauth/callback"]',
    "externalType": "postgres",
    "externalHost": "db.example.com",
    "externalDatabase": "sales",
    "externalUser": "cube_service",
    "externalClientId": "0a1b2c3d",
    "externalAuthUrl": "https://login.example.com/authorize",
    "externalTokenUrl": "https://login.example.com/token",
    "externalScopes": '["offline_access", "db.access"]',
    **SECRETS,
}


def settings(plain: bool = False, **changes: Any) -> ExternalSettings:
    values = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    secret = [f"{PROJECT}:{key}" for key in (*SECRETS, "externalToken")]
    config = {f"{PROJECT}:{key}": value for key, value in values.items()}
    loaded = load(config, "dev", [] if plain else secret)
    assert isinstance(loaded, ExternalSettings)
    return loaded


def error(**changes: Any) -> str:
    with pytest.raises(SettingsError) as raised:
        settings(**changes)
    text = str(raised.value)
    assert "planted" not in text
    return text


def test_the_shortest_configuration_gets_safe_defaults() -> None:
    got = settings()
    assert (got.source_name, got.fallback, got.data_source) == ("postgres", "deny", "default")
    assert (got.port, got.person_user) == (5432, "{username}")
    assert settings(externalType="questdb").person_user == "_sso"
    assert settings(externalType="trino").port == 443
    assert settings(externalType="mysql").port == 3306
    assert settings(externalHost="10.0.0.1").external_host == "10.0.0.1"


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_take_a_persons_token_is_refused_with_the_reason(kind: str) -> None:
    text = error(externalType=kind)
    assert f"{PROJECT}:externalType = {kind}: cannot be: {REFUSED[kind]}" in text


@pytest.mark.parametrize("key", ["externalPassword", "externalClientSecret"])
def test_a_secret_that_is_readable_in_the_stacks_file_is_refused(key: str) -> None:
    assert f"{PROJECT}:{key} = [not shown]: is readable in the stack's file" in error(plain=True)


@pytest.mark.parametrize(
    ("changes", "key", "words"),
    [
        ({"externalType": "oracle"}, "externalType", "none of the values"),
        ({"externalType": "Post gres!"}, "externalType", "none of the values"),
        ({"externalHost": "DB.example.com"}, "externalHost", "in lower case"),
        ({"externalHost": "https://db.example.com"}, "externalHost", "right form"),
        ({"externalHost": "db.example.com:5432"}, "externalHost", "right form"),
        ({"externalType": "mysql", "externalHost": "10.0.0.1"}, "externalHost", "IP address"),
        ({"externalPort": "70000"}, "externalPort", "less than or equal to 65535"),
        ({"externalUser": "a b"}, "externalUser", "right form"),
        ({"externalPassword": None}, "externalToken", "both set, or neither"),
        ({"externalToken": "planted-token"}, "externalToken", "both set, or neither"),
        (
            {"externalPassword": None, "externalToken": "planted-token"},
            "externalToken",
            "is for trino, prestodb and pinot",
        ),
        ({"externalPersonUser": "{e-mail}"}, "externalPersonUser", "right form"),
        ({"externalPersonUser": "cube_service"}, "externalPersonUser", "service account's own"),
        (
            {"externalType": "mssql", "externalPersonUser": "{username}"},
            "externalPersonUser",
            "which read it in the token",
        ),
        ({"externalSchema": "public"}, "externalSchema", "is for trino and prestodb"),
        ({"externalSslCa": "ca.pem"}, "externalSslCa", "right form"),
        ({"externalSslCa": "planted-key"}, "externalSslCa", "[not shown]"),
        (
            {
                "externalSslCa": "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"
                "-----BEGIN PRIVATE KEY-----\nplanted\n-----END PRIVATE KEY-----\n"
                "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"
            },
            "externalSslCa",
            "has a private key",
        ),
        (
            {
                "externalType": "mssql",
                "externalSslCa": "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----",
            },
            "externalSslCa",
            "not read by Cube's drivers",
        ),
        ({"externalClientSecret": None}, "externalClientSecret", "is missing"),
        ({"oauthClientType": "public"}, "externalClientSecret", "is of a confidential client"),
        ({"externalAuthUrl": "http://login.example.com/a"}, "externalAuthUrl", "not https"),
        ({"externalTokenUrl": "https://*.example.com/"}, "externalTokenUrl", "wildcard"),
        ({"externalScopes": "[]"}, "externalScopes", "is empty"),
        ({"externalScopes": '["a b"]'}, "externalScopes", "scope with a space"),
        ({"schemas": '["main.sales"]'}, "schemas", "databricks and snowflake only"),
    ],
)
def test_a_wrong_value_is_refused_with_key_and_fix(
    changes: dict[str, Any], key: str, words: str
) -> None:
    text = error(**changes)
    assert f"  - {PROJECT}:{key}" in text
    assert words in text
    assert text.startswith("1 problem"), text


def test_a_token_does_for_trino() -> None:
    got = settings(externalType="trino", externalPassword=None, externalToken="planted-token")
    assert got.external_token.get_secret_value()
    assert "planted" not in repr(got)


def test_a_public_client_has_no_secret() -> None:
    got = settings(oauthClientType="public", externalClientSecret=None)
    assert not got.external_client_secret.get_secret_value()
