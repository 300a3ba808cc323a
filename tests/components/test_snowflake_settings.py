"""Configuration of an environment on Snowflake."""

from __future__ import annotations

import json
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


OKTA: dict[str, Any] = {
    "type": "OKTA",
    "issuer": "https://example.okta.com/oauth2/default",
    "jwsKeysUrl": "https://example.okta.com/oauth2/default/v1/keys",
    "userMappingClaim": "sub",
    "authUrl": "https://example.okta.com/oauth2/default/v1/authorize",
    "tokenUrl": "https://example.okta.com/oauth2/default/v1/token",
    "clientId": "0oacube",
    "scopes": ["offline_access", "session:role:ANALYST"],
}
PLANTED = "-".join(("planted", "value"))


class TestExternalOauth:
    def load(self, encrypted: bool = True, **changes: Any) -> SnowflakeSettings:
        values = {**GOOD, "externalOauth": json.dumps(OKTA), "externalOauthClientSecret": PLANTED}
        values = {key: text for key, text in {**values, **changes}.items() if text is not None}
        secret = [f"{PROJECT}:externalOauthClientSecret"] if encrypted else []
        loaded = load({f"{PROJECT}:{key}": text for key, text in values.items()}, "dev", secret)
        assert isinstance(loaded, SnowflakeSettings)
        return loaded

    def error(self, encrypted: bool = True, **changes: Any) -> str:
        with pytest.raises(SettingsError) as raised:
            self.load(encrypted, **changes)
        assert PLANTED not in str(raised.value)
        assert "Write: " in str(raised.value)
        return str(raised.value)

    def test_what_is_not_said_has_safe_defaults(self) -> None:
        got = self.load()
        assert got.identity_provider is not None
        assert got.identity_provider.user_mapping_attribute == "LOGIN_NAME"
        assert got.identity_provider.audience is None
        assert got.external_oauth_client_secret.get_secret_value() == PLANTED
        assert PLANTED not in repr(got)
        assert settings().identity_provider is None

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"type": "PING_FEDERATE"}, "type is none of the values"),
            ({"issuer": None}, "issuer is missing"),
            (
                {"issuer": "http://example.okta.com"},
                "issuer 'http://example.okta.com' is not https",
            ),
            ({"jwsKeysUrl": "https://localhost/keys"}, "no full host name"),
            ({"audience": "a,b"}, "audience does not have the right form"),
            ({"userMappingAttribute": "EMAIL"}, "userMappingAttribute is none of the values"),
            ({"scopes": []}, "scopes"),
            ({"scopes": "offline_access"}, "scopes is not a list"),
            ({"scopes": ["SESSION:ROLE-ANY"]}, "which is off"),
            ({"scopes": ["api://cube/session:role:sysadmin"]}, "has SYSADMIN, which is always"),
            ({"clientId": 7}, "clientId is a number, not a text: put it in quotes"),
            ({"clientSecret": PLANTED}, "clientSecret is no such key"),
        ],
    )
    def test_each_part_is_checked_and_named(self, changes: dict[str, Any], words: str) -> None:
        parts = {key: value for key, value in {**OKTA, **changes}.items() if value is not None}
        assert words in self.error(externalOauth=json.dumps(parts))

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("oauthSecretVersion", "2"),
            ("oauthEnforcePkce", "false"),
            ("oauthNetworkPolicy", "OFFICE"),
            ("preAuthorizedRoles", '["ANALYST"]'),
            ("allowedRoles", '["ANALYST"]'),
            ("oauthAnyRole", "true"),
            ("refreshTokenMinutes", "1440"),
        ],
    )
    def test_what_the_identity_provider_decides_is_refused(self, key: str, value: str) -> None:
        change: dict[str, Any] = {key: value}
        assert f"does not go with {key}" in self.error(**change)

    def test_a_confidential_client_has_a_secret_and_a_public_one_has_none(self) -> None:
        assert "lacks its client secret" in self.error(externalOauthClientSecret=None)
        assert "is of a public client" in self.error(oauthClientType="public")
        assert self.load(oauthClientType="public", externalOauthClientSecret=None)
        assert "although externalOauthClientSecret" in self.error(externalOauth=None)

    def test_a_secret_that_is_not_encrypted_is_refused_and_not_shown(self) -> None:
        assert "is readable in the stack's file" in self.error(encrypted=False)

    def test_a_secret_under_a_wrong_name_is_not_shown(self) -> None:
        assert "Did you mean externalOauthClientSecret?" in self.error(
            externalOauthClientSecrets=PLANTED, oauthSecretVersion="0"
        )


class TestCubeCloudIdentity:
    def test_tenant_and_deployment_are_enough(self) -> None:
        assert settings().keyless is None
        got = settings(cubeCloudIdentity='{"tenant": "acme", "deploymentId": 42}').keyless
        assert got is not None
        assert (got.issuer, got.subject) == ("https://acme.cubecloud.dev", "cube:deployment:42")
        assert got.jws_keys_url == "https://acme.cubecloud.dev/.well-known/jwks.json"
        assert (got.audience, got.integration, got.allowed_roles) == (None, None, ())

    def test_what_cube_cloud_has_otherwise_can_be_said(self) -> None:
        given = {
            "issuer": "https://cube.example.com",
            "jwsKeysUrl": "https://cube.example.com/keys",
            "audience": "snowflake",
            "subject": "cube:prod",
            "allowedRoles": ["cube_staging"],
        }
        got = settings(cubeCloudIdentity=json.dumps(given)).keyless
        assert got is not None
        assert (got.issuer, got.jws_keys_url) == (given["issuer"], given["jwsKeysUrl"])
        assert (got.audience, got.subject) == ("snowflake", "cube:prod")
        assert got.allowed_roles == ("CUBE_STAGING",)

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"tenant": None}, "tenant is missing"),
            ({"deploymentId": None}, "deploymentId is missing"),
            ({"tenant": "", "deploymentId": ""}, "tenant and deploymentId are missing"),
            ({"tenant": "acme.cubecloud.dev"}, "tenant does not have the right form"),
            ({"deploymentId": "prod"}, "deploymentId does not have the right form"),
            ({"issuer": "http://x.example.com"}, "is not https"),
            ({"subject": "a b"}, "subject does not have the right form"),
            ({"audience": "a,b"}, "audience does not have the right form"),
            ({"integration": "A.B"}, "'A.B' is not a name"),
            ({"integration": "X", "allowedRoles": ["R"]}, "list them where it is made"),
            ({"allowedRoles": ["SYSADMIN"]}, "has SYSADMIN"),
            ({"allowedRoles": ["PUBLIC"]}, "has PUBLIC"),
            ({"tennant": "acme"}, "tennant is no such key"),
        ],
    )
    def test_each_part_is_checked_and_named(self, changes: dict[str, Any], words: str) -> None:
        given = {"tenant": "acme", "deploymentId": 42, **changes}
        given = {key: value for key, value in given.items() if value is not None}
        text = error(cubeCloudIdentity=json.dumps(given))
        assert words in text
        assert "Write: " in text

    @pytest.mark.parametrize(
        ("key", "value"),
        [
            ("adoptSecret", "true"),
            ("credentialVersions", '["v2"]'),
            ("secretKmsKeyId", "alias/cube"),
            ("secretOnDestroy", "keep"),
            ("secretPolicy", '{"Statement": {"Effect": "Deny", "Principal": "*"}}'),
        ],
    )
    def test_what_only_a_key_pair_has_is_refused(self, key: str, value: str) -> None:
        identity = '{"tenant": "acme", "deploymentId": 42}'
        text = error(cubeCloudIdentity=identity, **{key: value})
        assert f"does not go with {key}: there is no key pair" in text

    def test_an_issuer_that_ends_in_a_slash_keeps_its_keys_where_others_do(self) -> None:
        given = {"issuer": "https://id.example.com/", "subject": "cube"}
        got = settings(cubeCloudIdentity=json.dumps(given)).keyless
        assert got is not None
        assert got.issuer == given["issuer"]
        assert got.jws_keys_url == "https://id.example.com/.well-known/jwks.json"

    def test_people_and_the_service_account_cannot_have_one_issuer(self) -> None:
        identity = {"issuer": OKTA["issuer"], "subject": "cube"}
        text = error(
            cubeCloudIdentity=json.dumps(identity),
            externalOauth=json.dumps(OKTA),
            oauthClientType="public",
        )
        assert "has the issuer of externalOauth" in text


class TestCubeCloudSignIn:
    def load(self, people: dict[str, Any] | None = None, **changes: Any) -> SnowflakeSettings:
        given = {"redirectUris": None, "userRoles": '["ANALYST"]', **changes}
        return settings(cubeCloudSignIn=json.dumps({"tenant": "acme", **(people or {})}), **given)

    def error(self, people: dict[str, Any] | None = None, **changes: Any) -> str:
        with pytest.raises(SettingsError) as raised:
            self.load(people, **changes)
        assert "cubeCloudSignIn = " in str(raised.value)
        assert "Write: " in str(raised.value)
        return str(raised.value)

    def test_a_tenant_and_a_role_are_enough(self) -> None:
        got = self.load()
        assert got.vouched_people is not None
        assert got.cube_cloud is not None
        assert (got.vouched_people.subject, got.vouched_people.audience) == ("{user_email}", None)
        assert (got.cube_cloud.issuer, got.cube_cloud.jws_keys_url) == (
            "https://acme.cubecloud.dev",
            "https://acme.cubecloud.dev/.well-known/jwks.json",
        )
        assert got.cube_cloud.user_mapping_attribute == "LOGIN_NAME"
        assert got.trusted_audiences == ("https://myorg-prod-eu.snowflakecomputing.com",)
        assert got.trusted_roles == ("ANALYST",)
        assert (got.has_oauth_app, got.redirect_uris) == (False, ())
        assert (settings().has_oauth_app, settings().cube_cloud) == (True, None)

    def test_the_token_config_is_called_as_the_environment_is(self) -> None:
        assert self.load().source_name == "cube-dev"
        assert self.load(name="cube-eu").source_name == "cube-eu"
        assert self.load(sourceName="snowflake").source_name == "snowflake"
        assert settings(cubeCloudSignIn="{}").source_name == "snowflake"

    def test_one_role_for_everybody_is_the_only_one_that_is_let_in(self) -> None:
        got = self.load(oauthRole="REPORTING", userRoles='["ANALYST", "ENGINEER"]')
        assert got.trusted_roles == ("REPORTING",)
        assert self.load(userRoles='["B", "A"]').trusted_roles == ("A", "B")

    @pytest.mark.parametrize(
        ("people", "changes", "words"),
        [
            ({"tenant": None}, {}, "tenant is missing"),
            ({"tenant": "acme.cubecloud.dev"}, {}, "tenant does not have the right form"),
            ({"subject": "{user_phone}"}, {}, "subject is none of the values"),
            ({"userMappingAttribute": "EMAIL"}, {}, "userMappingAttribute is none of the values"),
            (
                {"userMappingAttribute": "EMAIL_ADDRESS", "subject": "{user_id}"},
                {},
                "userMappingAttribute is EMAIL_ADDRESS, and the subject {user_id} is none",
            ),
            ({"deploymentId": 42}, {}, "deploymentId is no such key"),
            ({"allowedRoles": ["ORGADMIN"]}, {}, "has ORGADMIN"),
            ({"allowedRoles": ["CUBE_DEV"]}, {}, "CUBE_DEV, the service account's role"),
            ({}, {"oauthRole": "CUBE_DEV"}, "CUBE_DEV, the service account's role"),
            ({}, {"oauthRole": "public"}, "would let people have PUBLIC, which every user has"),
            (
                {},
                {"userRoles": '["ANALYST", "DEPLOY"]', "grantAdminRole": "deploy"},
                "would let people have DEPLOY, the deployer's role (grantAdminRole)",
            ),
            (
                {"allowedRoles": ["CUBE_IT"]},
                {"integrationRole": "CUBE_IT"},
                "would let people have CUBE_IT, the deployer's role (integrationRole)",
            ),
            ({}, {"userRoles": None}, "lets nobody in"),
            ({}, {"userRoles": r'["\"web team\""]'}, '"web team" has to be quoted in SQL'),
            ({}, {"redirectUris": GOOD["redirectUris"]}, "does not go with redirectUris"),
            ({}, {"oauthClientType": "public"}, "does not go with oauthClientType"),
            ({}, {"preAuthorizedRoles": '["ANALYST"]'}, "does not go with preAuthorizedRoles"),
            ({}, {"blockedRoles": '["X"]'}, "does not go with blockedRoles"),
            (
                {},
                {"externalOauth": json.dumps(OKTA), "oauthClientType": "public"},
                "does not go with externalOauth",
            ),
        ],
    )
    def test_each_part_is_checked_and_named(
        self, people: dict[str, Any], changes: dict[str, Any], words: str
    ) -> None:
        given = {"tenant": "acme", **people}
        given = {key: value for key, value in given.items() if value is not None}
        if "tenant" not in given:
            text = error(cubeCloudSignIn=json.dumps(given or {"subject": "{user_id}"}))
        else:
            text = self.error(given, **changes)
        assert words in text

    def test_only_then_is_there_no_callback_address(self) -> None:
        assert "redirectUris: is missing" in error(redirectUris=None)
        assert "redirectUris: is missing" in error(redirectUris=None, cubeCloudSignIn="{}")

    def test_the_service_account_shares_its_integration(self) -> None:
        identity = {"tenant": "acme", "deploymentId": 42, "allowedRoles": ["CUBE_TWO"]}
        people = {"audience": "cube-people", "allowedRoles": ["MARKETING"]}
        got = self.load(people, cubeCloudIdentity=json.dumps(identity))
        assert got.trusted_roles == ("ANALYST", "CUBE_TWO", "MARKETING")
        assert got.trusted_audiences == (
            "cube-people",
            "https://myorg-prod-eu.snowflakecomputing.com",
        )

    @pytest.mark.parametrize(
        ("people", "identity", "words"),
        [
            ({"tenant": "other"}, {}, "issuer is https://other.cubecloud.dev, and cubeCloud"),
            (
                {"jwsKeysUrl": "https://acme.cubecloud.dev/keys"},
                {},
                "jwsKeysUrl is https://acme.cubecloud.dev/keys, and cubeCloudIdentity's is",
            ),
            ({}, {"integration": "THEIRS"}, "integration is not there, and cubeCloudIdentity's is"),
            ({"integration": "A"}, {"integration": "B"}, "integration is A, and"),
            (
                {"userMappingAttribute": "EMAIL_ADDRESS"},
                {},
                "finds users by LOGIN_NAME: give people the login name",
            ),
        ],
    )
    def test_or_is_refused_where_one_integration_cannot_do_both(
        self, people: dict[str, Any], identity: dict[str, Any], words: str
    ) -> None:
        both = json.dumps({"tenant": "acme", "deploymentId": 42, **identity})
        assert words in self.error(people, cubeCloudIdentity=both)


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
