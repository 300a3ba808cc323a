"""Configuration of an environment on Snowflake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cube_access.facts.identifiers import parse, plain, quoted
from cube_access.facts.principals import SNOWFLAKE_ADMINISTRATORS
from cube_access.settings import PROJECT, SettingsError, SnowflakeSettings, let_in, load

GOOD = {
    "warehouse": "snowflake",
    "redirectUris": '["https://example.cubecloud.dev/oauth/callback"]',
    "snowflakeAccount": "MYORG-PROD_EU",
    "schemas": '["ANALYTICS.SALES"]',
}
ROOT = Path(__file__).resolve().parents[2]


def settings(**changes: Any) -> SnowflakeSettings:
    values = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    loaded = load({f"{PROJECT}:{key}": value for key, value in values.items()}, "dev")
    assert isinstance(loaded, SnowflakeSettings)
    return loaded


def error(**changes: Any) -> str:
    with pytest.raises(SettingsError) as raised:
        settings(**changes)
    return str(raised.value)


def test_the_shortest_configuration_gets_safe_defaults() -> None:
    got = settings()
    assert (got.object_name, got.source_name, got.database) == (
        "CUBE_DEV",
        "snowflake",
        "ANALYTICS",
    )
    assert (got.organization, got.account_name) == ("MYORG", "PROD_EU")
    assert got.account_host == "myorg-prod-eu.snowflakecomputing.com"
    assert (got.protect, got.fallback, got.oauth_enforce_pkce) == (True, "deny", True)
    assert got.snowflake_warehouse_auto_suspend_seconds == 60


def test_one_role_for_everything_goes_with_no_roles_of_tasks() -> None:
    assert settings(deployerRole="sign-in").deployer_role == "sign-in"
    text = error(deployerRole="sign-in", integrationRole="INTEGRATOR", userAdminRole="PEOPLE")
    assert "deployerRole = sign-in: does not go with integrationRole, userAdminRole" in text


def test_a_key_of_another_warehouse_is_refused_once_it_is_set() -> None:
    assert "sqlWarehouseSize = Large: is a key of warehouse databricks only" in error(
        sqlWarehouseSize="Large"
    )


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("snowflakeAccount", "xy12345.eu-central-1", "right form"),
        ("snowflakeAccount", "MYORG-PROD.snowflakecomputing.com", "right form"),
        ("redirectUris", '["https://a.example.com/x", "https://b.example.com/x"]', "has several"),
        ("refreshTokenMinutes", "60", "less than a day"),
        ("schemas", '["SALES"]', "is not DATABASE.SCHEMA"),
        ("schemas", '["ANALYTICS.*"]', "is not DATABASE.SCHEMA"),
        ("schemas", '["analytics.sales", "ANALYTICS.SALES"]', "listed twice"),
        ("schemas", '["SNOWFLAKE.ACCOUNT_USAGE"]', "logs and history"),
        ("schemas", '["ANALYTICS.INFORMATION_SCHEMA"]', "INFORMATION_SCHEMA"),
        ("tables", '["ANALYTICS.HR"]', "is not DATABASE.SCHEMA.TABLE"),
        ("databases", '["ANALYTICS.SALES"]', "is not a name"),
        ("userRoles", r'["\"a\"\"b\""]', "double quote inside a name"),
        ("snowflakeWarehouse", r'"a""b"', "double quote inside a name"),
        ("databases", '["ANALYTICS"]', "already readable with ANALYTICS"),
        ("objectKinds", '["stages"]', "not such a kind"),
        ("objectKinds", "[]", "is empty"),
        ("userRoles", '["PUBLIC"]', "everybody"),
        ("userRoles", '["SYSADMIN"]', "administers the account"),
        ("oauthRole", "accountadmin", "administers the account"),
        ("oauthRole", '"my role"', "an OAuth scope cannot carry"),
        ("preAuthorizedRoles", '["SECURITYADMIN"]', "administers the account"),
        ("allowedRoles", '["USERADMIN"]', "administers the account"),
        ("allowedCidrs", '["0.0.0.0/0"]', "whole internet"),
        ("allowedCidrs", '["128.0.0.0/1", "0.0.0.0/1"]', "whole internet"),
        ("allowedCidrs", '["203.0.113.7/24"]', "not an IPv4 network"),
        ("authenticationPolicySchema", "ANALYTICS", "is not DATABASE.SCHEMA"),
        ("statementTimeoutSeconds", "0", "greater than or equal to 1"),
        ("oauthSecretVersion", "0", "greater than or equal to 1"),
    ],
)
def test_a_wrong_value_is_refused_with_key_value_and_fix(key: str, value: str, words: str) -> None:
    text = error(**{key: value})
    line = next(line for line in text.splitlines() if f"{PROJECT}:{key} = {value}" in line)
    assert words in line
    assert "Write: " in line


def test_what_overlaps_is_refused() -> None:
    text = error(tables='["ANALYTICS.SALES.ORDERS"]')
    assert "ANALYTICS.SALES.ORDERS is already readable with ANALYTICS.SALES" in text


def test_imported_databases_are_read_as_a_whole_or_not_at_all() -> None:
    got = settings(importedDatabases='["WEATHER", "\\"w e\\""]')
    assert got.imported_databases == ("WEATHER", "w e")
    assert ("WEATHER",) not in got.scopes
    alone = settings(schemas=None, importedDatabases='["WEATHER"]')
    assert (alone.scopes, alone.database) == ((), "WEATHER")
    text = error(importedDatabases='["ANALYTICS"]')
    assert "ANALYTICS.SALES is already readable with importedDatabases" in text
    assert "the account's own logs and history" in error(importedDatabases='["SNOWFLAKE"]')
    assert "only importedDatabases are readable" in error(
        schemas=None, importedDatabases='["WEATHER"]', grantTo="database-role"
    )


def test_what_is_read_may_have_any_name() -> None:
    got = settings(schemas=r'["A.\"b\"\"c\""]', databases=r'["\"d\"\"\""]', cubeDatabase='"d"""')
    assert got.scopes == (('d"',), ("A", 'b"c'))
    assert got.database == 'd"'


def test_an_account_that_could_read_nothing_is_refused() -> None:
    assert "schemas and tables are all empty" in error(schemas=None)


def test_a_blocked_role_cannot_be_used_otherwise() -> None:
    text = error(
        blockedRoles='["CONTRACTOR"]',
        userRoles='["CONTRACTOR"]',
        oauthRole="CONTRACTOR",
        allowedRoles='["contractor"]',
    )
    assert text.count("CONTRACTOR is also in blockedRoles") == 3


@pytest.mark.parametrize(
    ("config", "roles"),
    [
        ({}, set()),
        ({"preAuthorizedRoles": '["A"]'}, set()),
        ({"userRoles": '["A", "b"]'}, {"A", "B"}),
        ({"userRoles": '["A"]', "preAuthorizedRoles": '["\\"c\\""]'}, {"A", "c"}),
        ({"userRoles": '["A"]', "oauthRole": "B"}, {"B"}),
        ({"userRoles": '["A"]', "oauthRole": "B", "allowedRoles": '["C"]'}, {"B", "C"}),
        ({"userRoles": '["A"]', "allowedRoles": '["C"]'}, {"C"}),
        ({"userRoles": '["A"]', "oauthRole": "B", "oauthAnyRole": "true"}, set()),
    ],
)
def test_people_may_use_the_roles_that_are_named_and_no_others(
    config: dict[str, Any], roles: set[str]
) -> None:
    assert let_in.roles(settings(**config)) == roles


def test_any_role_does_not_go_with_a_list_of_some() -> None:
    text = error(allowedRoles='["A"]', oauthAnyRole="true")
    assert "oauthAnyRole" in text
    assert "does not go with allowedRoles" in text


def test_a_config_can_only_add_blocked_roles() -> None:
    assert settings(blockedRoles='["CONTRACTOR"]').blocked_roles == ("CONTRACTOR",)
    assert set(SNOWFLAKE_ADMINISTRATORS) >= {
        "ACCOUNTADMIN",
        "SECURITYADMIN",
        "SYSADMIN",
        "USERADMIN",
    }


def test_a_database_role_reads_in_one_database_only() -> None:
    assert settings().grant_to == "account-role"
    role = {"grantTo": "database-role"}
    assert settings(**role, tables='["ANALYTICS.HR.T"]').grant_to == "database-role"
    text = error(**role, tables='["RAW.EVENTS.T"]', databases='["OTHER"]')
    assert "ANALYTICS, OTHER, RAW are several databases" in text
    for name in ("a.b", "a|b", r"a\"\"b"):
        assert "a dot, a bar or a double quote" in error(**role, schemas=rf'["\"{name}\".S"]')
    assert "none of the values" in error(grantTo="user")


@pytest.mark.parametrize(
    ("text", "parts", "shown"),
    [
        ("analytics.Sales", ("ANALYTICS", "SALES"), "ANALYTICS.SALES"),
        ('DB."web data"', ("DB", "web data"), 'DB."web data"'),
        ('"a.b"."c""d"', ("a.b", 'c"d'), '"a.b"."c""d"'),
        ('"bob@example.com"', ("bob@example.com",), '"bob@example.com"'),
        ("X_1$", ("X_1$",), "X_1$"),
    ],
)
def test_names_are_read_as_snowflake_reads_them(
    text: str, parts: tuple[str, ...], shown: str
) -> None:
    assert parse(text) == parts
    assert plain(*parts) == shown
    assert parse(quoted(*parts)) == parts


@pytest.mark.parametrize(
    "text", ["", ".", "a.", ".a", "a b", 'a"b"', '"a', '""', "1a", "a-b", "a;b"]
)
def test_what_is_no_name_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a name"):
        parse(text)
