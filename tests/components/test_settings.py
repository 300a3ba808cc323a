"""Configuration: what is accepted, and that every refusal names key, value and fix."""

from __future__ import annotations

from typing import Any

import pytest

from cube_access.settings import PROJECT, DatabricksSettings, SettingsError, load

GOOD = {
    "warehouse": "databricks",
    "redirectUris": '["https://example.cubecloud.dev/oauth/callback"]',
    "databricksAccountId": "0a1b2c3d-0000-4000-8000-00000000c0be",
    "databricksWorkspaceHost": "dbc-1a2b3c4d-5e6f.cloud.databricks.com",
    "databricksWorkspaceId": "1234567890123456",
    "schemas": '["main.sales"]',
}


def settings(stack: str = "dev", **changes: Any) -> DatabricksSettings:
    values = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    loaded = load({f"{PROJECT}:{key}": value for key, value in values.items()}, stack)
    assert isinstance(loaded, DatabricksSettings)
    return loaded


def error(**changes: Any) -> str:
    with pytest.raises(SettingsError) as raised:
        settings(**changes)
    return str(raised.value)


def test_the_shortest_configuration_gets_safe_defaults() -> None:
    got = settings()
    assert (got.name, got.secret_name, got.source_name) == (
        "cube-dev",
        "cube-access/cube-dev",
        "databricks",
    )
    assert got.protect
    assert got.fallback == "deny"
    assert got.oauth_scopes == ("sql", "offline_access")
    assert (got.credential, got.credential_lifetime_days) == ("m2m", 90)


def test_names_come_from_the_stack_so_that_two_stacks_do_not_meet() -> None:
    assert settings("Acme/EU_Prod").name == "cube-acme-eu-prod"
    assert settings("qa").secret_name != settings("prod").secret_name


@pytest.mark.parametrize(
    ("host", "account_host"),
    [
        ("dbc-1a2b3c4d-5e6f.cloud.databricks.com", "https://accounts.cloud.databricks.com"),
        ("adb-123.4.azuredatabricks.net", "https://accounts.azuredatabricks.net"),
        ("123.4.gcp.databricks.com", "https://accounts.gcp.databricks.com"),
        ("dbc-1.cloud.databricks.us", "https://accounts.cloud.databricks.us"),
    ],
)
def test_the_account_console_is_that_of_the_workspaces_cloud(host: str, account_host: str) -> None:
    assert settings(databricksWorkspaceHost=host).account_host == account_host


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("warehouse", "oracle", "none of the values"),
        ("name", "Cube Prod", "right form"),
        ("name", "admins", "reserved"),
        ("name", "account-users", "reserved"),
        ("protect", "perhaps", "neither true nor false"),
        ("redirectUris", "[]", "is empty"),
        ("redirectUris", '["http://example.com/cb"]', "not https"),
        ("redirectUris", '["https://*.example.com/cb"]', "wildcard"),
        ("redirectUris", '["https://example.com/cb#x"]', "fragment"),
        ("redirectUris", '["https://me@example.com/cb"]', "user name"),
        ("redirectUris", '["https://example/cb"]', "no full host name"),
        ("redirectUris", '["https://["]', "not a URL"),
        ("redirectUris", '["https://example.com/c b"]', "has ' ', which no URL has"),
        ("redirectUris", '["https://example.com/\\\\\' ENABLED = TRUE"]', "which no URL has"),
        ("redirectUris", '["https://example.com/\\u0000"]', "which no URL has"),
        ("redirectUris", "[oops", "not valid JSON"),
        ("redirectUris", "https://example.com/cb", "not a list"),
        ("accessTokenMinutes", "4", "greater than or equal to 5"),
        ("accessTokenMinutes", "1441", "less than or equal to 1440"),
        ("accessTokenMinutes", "an hour", "not a whole number"),
        ("refreshTokenMinutes", "129601", "less than or equal to 129600"),
        ("fallback", "open", "none of the values"),
        ("dataSource", "Lake House", "right form"),
        ("otherDataSources", '{"Events": "postgres"}', "no name that makes a variable"),
        ("otherDataSources", '{"events": "Postgres SQL"}', "none of Cube's drivers"),
        ("otherDataSources", '{"events": 5}', "not a text"),
        ("otherDataSources", '{"default": "postgres"}', "the one that people sign in to"),
        ("oauthScopes", '["sql", "all-apis"]', "every API"),
        ("oauthScopes", '["offline_access"]', "lacks sql"),
        ("schemas", '["sales"]', "is not catalog.schema"),
        ("schemas", '["main.*"]', "wildcard"),
        ("schemas", '["main.sa les"]', "wildcard or a character"),
        ("schemas", '["main.sales", "MAIN.Sales"]', "listed twice"),
        ("schemas", '["hive_metastore.default"]', "does not govern"),
        ("schemas", '["system.access"]', "Databricks' own"),
        ("schemas", '["main.information_schema"]', "Databricks' own"),
        ("tables", '["main.sales"]', "is not catalog.schema.table"),
        ("userGroups", '["admins"]', "every permission already"),
        ("userGroups", '["Account Users"]', "is everybody"),
        ("userGroups", '["analysts", "analysts"]', "names a group twice"),
        ("userGroups", '[""]', "or an empty one"),
        ("databricksWorkspaceHost", "accounts.cloud.databricks.com", "account console"),
        ("secretPolicy", '{"Statement": ["x"]}', "no Statement that is an object"),
        ("secretPolicy", '{"Statement": 5}', "no Statement that is an object"),
        ("credential", "password", "none of the values"),
        ("credentialLifetimeDays", "731", "less than or equal to 730"),
        ("credentialVersions", "[]", "one label, or two"),
        ("credentialVersions", '["a", "b", "c"]', "one label, or two"),
        ("credentialVersions", '["a", "a"]', "one label, or two"),
        ("credentialVersions", '["A/B"]', "not a label"),
        ("secretRecoveryDays", "3", "not a recovery window"),
        ("secretName", "has space", "right form"),
        ("secretPolicy", '{"Statement": {"Effect": "Allow", "Principal": "*"}}', "everybody"),
        (
            "secretPolicy",
            '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": ["*"]}}]}',
            "everybody",
        ),
        (
            "secretPolicy",
            '{"Statement": [{"Effect": "Allow", "NotPrincipal": {"AWS": "1"}}]}',
            "everybody",
        ),
        ("databricksAccountId", "my-account", "right form"),
        ("databricksWorkspaceHost", "https://dbc-1.cloud.databricks.com", "right form"),
        ("databricksWorkspaceHost", "example.com", "right form"),
        ("databricksWorkspaceId", "abc", "right form"),
        ("sqlWarehouseId", "Shared BI", "right form"),
        ("sqlWarehouseSize", "Huge", "none of the values"),
    ],
)
def test_a_wrong_value_is_refused_with_key_value_and_fix(key: str, value: str, words: str) -> None:
    text = error(**{key: value})
    line = next(line for line in text.splitlines() if f"{PROJECT}:{key} = {value}" in line)
    assert words in line, "the error says what is wrong"
    assert "Write: " in line, "the error says what to write instead"
    assert text.startswith("1 problem in the configuration of stack dev; nothing was changed"), text


@pytest.mark.parametrize(
    "key", ["warehouse", "redirectUris", "databricksAccountId", "databricksWorkspaceId"]
)
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_key_is_named(key: str, value: str | None) -> None:
    assert f"{PROJECT}:{key}: is missing" in error(**{key: value})


def test_a_data_source_of_another_name_leaves_the_default_one_to_be_named() -> None:
    text = error(dataSource="lakehouse", otherDataSources='{"events": "postgres"}')
    assert f"{PROJECT}:otherDataSources = " in text
    assert "lacks default, which Cube always has" in text
    got = settings(dataSource="lakehouse", otherDataSources='{"default": "postgres"}')
    assert got.other_data_sources == {"default": "postgres"}


def test_azure_makes_no_tokens_on_behalf() -> None:
    text = error(databricksWorkspaceHost="adb-1.2.azuredatabricks.net", credential="pat")
    assert "credential = pat: Azure Databricks makes no personal access tokens" in text


def test_a_refresh_token_lives_as_long_as_the_access_token() -> None:
    text = error(refreshTokenMinutes="30")
    assert f"{PROJECT}:accessTokenMinutes: is more than refreshTokenMinutes (30)" in text


def test_all_problems_are_reported_at_once() -> None:
    text = error(
        name="ADMINS!",
        redirectUris='["http://a.b/c"]',
        accessTokenMinutes="1",
        schemas='["x"]',
        nonsense="1",
    )
    assert text.startswith("5 problems")
    for key in ("name", "redirectUris", "accessTokenMinutes", "schemas", "nonsense"):
        assert f"{PROJECT}:{key}" in text


def test_an_unknown_key_gets_a_suggestion() -> None:
    assert "Did you mean redirectUris?" in error(redirectURIs="x", redirectUris=None)
    assert "no such key. Remove it." in error(zzz="1")


def test_the_value_of_a_secret_key_is_not_shown() -> None:
    with pytest.raises(SettingsError) as raised:
        load({f"{PROJECT}:pasword": "hunter2"}, "dev", [f"{PROJECT}:pasword"])
    assert "hunter2" not in str(raised.value)
    assert f"{PROJECT}:pasword = [secret]" in str(raised.value)


def test_other_projects_keys_are_passed_over() -> None:
    config = {f"{PROJECT}:{key}": value for key, value in GOOD.items()}
    assert load({**config, "aws:region": "eu-central-1"}, "dev").name == "cube-dev"


def test_securables_are_folded_as_unity_catalog_does() -> None:
    got: Any = settings(schemas='["Main.Sales"]', tables='["MAIN.hr.People"]')
    assert (got.schemas, got.tables) == (("main.sales",), ("main.hr.people",))
    assert got.catalog == "main"


@pytest.mark.parametrize("schemas", [None, "[]"])
def test_an_account_that_could_read_nothing_is_refused(schemas: str | None) -> None:
    assert f"{PROJECT}:tables: and schemas are both empty" in error(schemas=schemas)
