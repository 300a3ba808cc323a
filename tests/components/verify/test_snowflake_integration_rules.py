"""What our integrations ought to say, and what others may not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cube_access.facts.identifiers import items
from cube_access.settings import PROJECT, SnowflakeSettings, load
from cube_access.snowflake.grants import reading
from cube_access.verify.findings import Line
from cube_access.verify.snowflake.integrations import ours, own_integrations
from cube_access.verify.snowflake.other_integrations import others
from cube_access.verify.snowflake.session import Row
from tests.components.verify.snowflake_by_hand import declared, eyes

WANTED = declared(reading([("D", "S")], ["TABLES"]))
CUBE_CLOUD = '{"tenant": "acme", "deploymentId": 42}'
SHARED = '{"tenant": "acme", "deploymentId": 42, "integration": "TRUSTS_CUBE"}'


def settings(**more: str) -> SnowflakeSettings:
    values = {
        "warehouse": "snowflake",
        "name": "cube",
        "redirectUris": '["https://example.cubecloud.dev/oauth/callback"]',
        "snowflakeAccount": "MYORG-PROD",
        "schemas": '["D.S"]',
        **more,
    }
    loaded = load({f"{PROJECT}:{key}": value for key, value in values.items()}, "dev")
    assert isinstance(loaded, SnowflakeSettings)
    return loaded


def integration(name: str, kind: str, comment: str = "", **properties: str) -> dict[str, list[Row]]:
    """What tells of one, enabled."""
    told = {"ENABLED": "true", **properties}
    return {
        "SHOW SECURITY INTEGRATIONS": [{"name": name, "type": kind, "comment": comment}],
        f'DESCRIBE SECURITY INTEGRATION "{name}"': [
            {"property": key, "property_value": value} for key, value in told.items()
        ],
        "SELECT CURRENT_ROLE()": [{"current_role()": "ACCOUNTADMIN"}],
    }


def found(lines: Any) -> list[Line]:
    return [line for line in lines if line.verdict in ("extra", "lack", "unseen")]


@pytest.mark.parametrize("text", ["A,B", "[A, B]", "['A', 'B']", " [ 'A','B' ] "])
def test_a_list_is_read_as_each_property_writes_it(text: str) -> None:
    assert items(text) == ["A", "B"]
    assert (items(""), items("[]")) == ([], [])


def test_only_what_these_settings_make_is_ours() -> None:
    provider = {
        "type": "CUSTOM",
        "issuer": "https://idp.example.com",
        "jwsKeysUrl": "https://idp.example.com/keys",
        "userMappingClaim": "sub",
        "authUrl": "https://idp.example.com/auth",
        "tokenUrl": "https://idp.example.com/token",
        "clientId": "cube",
        "scopes": ["session:role:ANALYST"],
    }
    elsewhere = settings().model_copy(update={"external_oauth": provider})
    assert own_integrations(settings()) == ["CUBE"]
    assert own_integrations(settings(cubeCloudIdentity=CUBE_CLOUD)) == ["CUBE", "CUBE_CUBE_CLOUD"]
    assert own_integrations(settings(cubeCloudIdentity=SHARED)) == ["CUBE"]
    assert own_integrations(elsewhere) == ["CUBE_EXTERNAL"]


def test_a_strangers_integration_with_a_name_that_ours_could_have_is_looked_at() -> None:
    planted = integration(
        "CUBE_EXTERNAL", "EXTERNAL_OAUTH - CUSTOM", EXTERNAL_OAUTH_ISSUER="https://eve.example.com"
    )
    (line,) = found(others(eyes(planted), WANTED, settings(), only_own_way=False))
    assert line.verdict == "extra"
    assert "https://eve.example.com, which integration CUBE_EXTERNAL trusts" in line.what


AS_MADE = {
    "EXTERNAL_OAUTH_ISSUER": "https://acme.cubecloud.dev",
    "EXTERNAL_OAUTH_JWS_KEYS_URL": "https://acme.cubecloud.dev/.well-known/jwks.json",
    "EXTERNAL_OAUTH_RSA_PUBLIC_KEY": "",
    "EXTERNAL_OAUTH_RSA_PUBLIC_KEY_2": "",
    "EXTERNAL_OAUTH_AUDIENCE_LIST": "https://myorg-prod.snowflakecomputing.com",
    "EXTERNAL_OAUTH_TOKEN_USER_MAPPING_CLAIM": "['sub']",
    "EXTERNAL_OAUTH_SNOWFLAKE_USER_MAPPING_ATTRIBUTE": "LOGIN_NAME",
    "EXTERNAL_OAUTH_ANY_ROLE_MODE": "DISABLE",
    "EXTERNAL_OAUTH_ALLOWED_ROLES_LIST": "CUBE_STAGING,CUBE",
}
"""What another environment's integration for Cube Cloud says."""


def shared(**changes: str) -> list[Line]:
    """What is found of one that this environment only uses."""
    told = integration("TRUSTS_CUBE", "EXTERNAL_OAUTH - CUSTOM", **{**AS_MADE, **changes})
    lines = ours(eyes(told), WANTED, settings(cubeCloudIdentity=SHARED))
    return [line for line in lines if "TRUSTS_CUBE" in line.what]


def test_a_shared_integration_is_looked_at_as_one_of_ours() -> None:
    assert [(line.verdict, line.what) for line in shared()] == [
        ("ok", "integration TRUSTS_CUBE lets role CUBE in"),
        ("note", "integration TRUSTS_CUBE lets role CUBE_STAGING in, too, which is not this "
                 "environment's"),
        ("ok", "integration TRUSTS_CUBE is, but for its roles and audiences, as this environment "
               "would make it"),
    ]  # fmt: skip
    (line,) = found(shared(EXTERNAL_OAUTH_ALLOWED_ROLES_LIST="CUBE_STAGING"))
    assert (line.verdict, line.what) == (
        "lack",
        "integration TRUSTS_CUBE does not let role CUBE in",
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("EXTERNAL_OAUTH_ISSUER", "https://eve.example.com"),
        ("EXTERNAL_OAUTH_JWS_KEYS_URL", "https://eve.example.com/keys"),
        ("EXTERNAL_OAUTH_RSA_PUBLIC_KEY", "MIIB"),
        ("EXTERNAL_OAUTH_RSA_PUBLIC_KEY_2", "MIIB"),
        ("EXTERNAL_OAUTH_TOKEN_USER_MAPPING_CLAIM", "['email']"),
        ("EXTERNAL_OAUTH_SNOWFLAKE_USER_MAPPING_ATTRIBUTE", "EMAIL_ADDRESS"),
        ("EXTERNAL_OAUTH_ANY_ROLE_MODE", "ENABLE"),
    ],
)
def test_each_property_of_a_shared_integration_counts(key: str, value: str) -> None:
    (line,) = found(shared(**{key: value}))
    assert (line.verdict, line.what.partition(" of ")[0]) == ("extra", key)


def blocked(listed: str, roles: list[str], *, added: bool = False) -> list[Line]:
    """What is found of the blocked roles of ours."""
    told = integration("CUBE", "OAUTH - CUSTOM", BLOCKED_ROLES_LIST=listed)
    told["SHOW ROLES LIMIT 10000"] = [{"name": name} for name in roles]
    key = "OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST"
    told[f"SHOW PARAMETERS LIKE '{key}' IN ACCOUNT"] = [{"value": str(added)}]
    return [
        line
        for line in ours(eyes(told), WANTED, settings())
        if line.what.startswith("BLOCKED_ROLES_LIST") and line.verdict != "unseen"
    ]


@pytest.mark.parametrize(
    ("added", "listed"),
    [
        (False, "'ACCOUNTADMIN', 'EXTRA_ROLE', 'SYSADMIN', 'USERADMIN'"),
        (True, "'EXTRA_ROLE', 'SYSADMIN', 'USERADMIN'"),
    ],
)
def test_to_block_one_more_role_lets_no_other_in(added: bool, listed: str) -> None:
    roles = ["ACCOUNTADMIN", "SYSADMIN", "USERADMIN"]
    (line,) = blocked("ACCOUNTADMIN,EXTRA_ROLE,USERADMIN", roles, added=added)
    assert line.fix == f'ALTER SECURITY INTEGRATION "CUBE" SET BLOCKED_ROLES_LIST = ({listed});'


def test_an_administrator_that_a_long_list_leaves_out_is_to_be_blocked() -> None:
    roles = [f"A{number}" for number in range(9_999)]
    assert blocked("", roles) == []
    (line,) = blocked("", [*roles, "B"])
    assert "SECURITYADMIN" in line.what


def bounded(listed: str | None, **more: str) -> list[Line]:
    """What is said of the only roles that people may use."""
    told = {} if listed is None else {"ALLOWED_ROLES_LIST": listed}
    lines = ours(eyes(integration("CUBE", "OAUTH - CUSTOM", **told)), WANTED, settings(**more))
    return [each for each in lines if " ALLOWED_ROLES_LIST" in f" {each.what}"]


@pytest.mark.parametrize(
    ("listed", "verdict", "differs"),
    [
        ("", "extra", "lacks ANALYST, AUDITOR"),
        ("ANALYST", "lack", "lacks AUDITOR"),
        ("ANALYST,AUDITOR,ENGINEER", "extra", "has ENGINEER, too"),
    ],
)
def test_the_roles_that_people_may_use_are_bounded(listed: str, verdict: str, differs: str) -> None:
    """Where none is listed, every role is: that lets most through."""
    more = {"userRoles": '["ANALYST"]', "preAuthorizedRoles": '["AUDITOR"]'}
    (line,) = bounded(listed, **more)
    assert (line.verdict, f"integration CUBE {differs}:" in line.what) == (verdict, True)
    assert line.fix == (
        "ALTER SECURITY INTEGRATION \"CUBE\" SET ALLOWED_ROLES_LIST = ('ANALYST', 'AUDITOR');"
    )
    assert bounded("AUDITOR,ANALYST", **more) == []
    (line,) = bounded(None, **more)
    assert (line.verdict, line.what) == (
        "unseen",
        "ALLOWED_ROLES_LIST of integration CUBE: Snowflake does not show it",
    )


@pytest.mark.parametrize("more", [{}, {"userRoles": '["ANALYST"]', "oauthAnyRole": "true"}])
def test_a_bound_that_was_made_by_hand_is_told_and_stays(more: dict[str, str]) -> None:
    assert bounded("", **more) == []
    (line,) = bounded("ANALYST,SALES", **more)
    assert (line.verdict, line.fix) == ("note", "")
    assert line.what.startswith("people may use only ANALYST, SALES through Cube")


ISSUER = integration("PORTAL", "EXTERNAL_OAUTH - CUSTOM", EXTERNAL_OAUTH_ISSUER="https://x.example")


@pytest.mark.parametrize(("only_own_way", "verdict"), [(False, "extra"), (True, "ok")])
def test_only_a_policy_that_was_seen_keeps_an_issuer_out(only_own_way: bool, verdict: str) -> None:
    (line,) = others(eyes(ISSUER), WANTED, settings(), only_own_way=only_own_way)
    assert line.verdict == verdict


@pytest.mark.parametrize(
    ("role", "verdict"),
    [
        ("GENERIC_SCIM_PROVISIONER", "ok"),
        ("USERADMIN", "extra"),
        ("SECURITYADMIN", "extra"),
        ("ACCOUNTADMIN", "extra"),
        ("", "unseen"),
    ],
)
def test_an_identity_provider_that_writes_our_user_is_found(role: str, verdict: str) -> None:
    """Disabled or not: Snowflake says that this changes nothing."""
    told = integration("OKTA", "SCIM - OKTA", RUN_AS_ROLE=role, ENABLED="false")
    (one,) = others(eyes(told), WANTED, settings(), only_own_way=True)
    assert one.verdict == verdict
    assert (one.fix, bool(one.hint)) == ("", verdict == "extra")


@pytest.mark.parametrize("only_own_way", [False, True])
def test_what_the_role_that_looks_does_not_see_is_said(only_own_way: bool) -> None:
    """With deployerRole = sign-in that is the default role, whatever integrationRole says."""
    told = {"SELECT CURRENT_ROLE()": [{"current_role()": "AUDITOR"}]}
    whose = settings(deployerRole="sign-in")
    (line,) = others(eyes(told), WANTED, whose, only_own_way=only_own_way)
    assert (line.verdict, "role AUDITOR does not see" in line.what) == ("unseen", True)
    assert line.name == "other-integrations"


OURS, THEIRS = "0123456789abcdef", "fedcba9876543210"


@pytest.mark.parametrize(
    ("comment", "verdict", "fix"),
    [
        ("", "extra", 'ALTER SECURITY INTEGRATION "CUBE_STAGING" SET ENABLED = FALSE;'),
        (
            f"Cube's sign-in; written by cube-access [{OURS}]",
            "extra",
            'ALTER SECURITY INTEGRATION "CUBE_STAGING" SET ENABLED = FALSE;',
        ),
        (f"Cube's sign-in; written by cube-access [{THEIRS}]", "note", ""),
    ],
)
def test_a_sister_environments_sign_in_is_not_switched_off(
    comment: str, verdict: str, fix: str
) -> None:
    told = integration("CUBE_STAGING", "OAUTH - CUSTOM", comment)
    whose = replace(WANTED, mark=OURS)
    line, *_ = others(eyes(told), whose, settings(), only_own_way=False)
    assert (line.verdict, line.fix) == (verdict, fix)
    assert line.what.startswith("integration CUBE_STAGING is a second OAuth app of this one's name")
