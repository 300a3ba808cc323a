"""Configuration of an environment on Snowflake where another than Snowflake signs in people or the
service account.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from cube_access.settings import PROJECT, SettingsError, SnowflakeSettings, load
from tests.components.test_snowflake_settings import GOOD, error, settings

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
