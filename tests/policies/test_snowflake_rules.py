"""Each rule: what we make passes, and one property changed for the worse does not."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi_policy.proxy import (
    UNKNOWN_ARRAY_VALUE,
    UNKNOWN_NUMBER_VALUE,
    UNKNOWN_STRING_VALUE,
    UnknownValueError,
)

from policies.rules.snowflake import (
    ACCOUNT,
    ACCOUNT_ROLE_GRANT,
    DATABASE_ROLE_GRANT,
    DATABASE_ROLE_OF,
    EXTERNAL_OAUTH,
    NETWORK_POLICY,
    OAUTH,
    OTHER_USERS,
    OWNERSHIP,
    PARAMETER,
    ROLE_OF,
    SERVICE_USER,
    SYSTEM_ROLES,
)
from tests.policies.conftest import broken_rules

# With the values that the plugin fills in where a program says nothing.
GRANT_GOOD: dict[str, Any] = {
    "accountRoleName": "CUBE_PROD",
    "privileges": ["SELECT"],
    "onSchemaObject": {"future": {"objectTypePlural": "TABLES", "inSchema": '"SALES"."PUBLIC"'}},
    "allPrivileges": False,
    "alwaysApply": False,
    "withGrantOption": False,
}
OAUTH_GOOD: dict[str, Any] = {
    "oauthClientType": "CONFIDENTIAL",
    "oauthRedirectUri": "https://example.cubecloud.dev/oauth/callback",
    "oauthAllowNonTlsRedirectUri": "false",
    "oauthEnforcePkce": "true",
    "oauthUseSecondaryRoles": "NONE",
    "oauthRefreshTokenValidity": 2_592_000.0,
    "blockedRolesLists": ["SYSADMIN", "USERADMIN"],
    "preAuthorizedRolesLists": ["ANALYST"],
}
GOOD: dict[str, dict[str, Any]] = {
    ACCOUNT_ROLE_GRANT: GRANT_GOOD,
    DATABASE_ROLE_GRANT: {
        "databaseRoleName": '"SALES"."READER"',
        "privileges": ["USAGE"],
        "onDatabase": "SALES",
    },
    ROLE_OF: {"roleName": "CUBE_PROD", "userName": "CUBE_PROD"},
    DATABASE_ROLE_OF: {"databaseRoleName": '"SALES"."READER"', "parentRoleName": "CUBE_PROD"},
    SERVICE_USER: {"name": "CUBE_PROD", "defaultSecondaryRolesOption": "NONE"},
    OAUTH: OAUTH_GOOD,
    EXTERNAL_OAUTH: {
        "externalOauthType": "OKTA",
        "externalOauthIssuer": "https://example.okta.com/oauth2/default",
        "externalOauthJwsKeysUrls": ["https://example.okta.com/oauth2/default/v1/keys"],
        "externalOauthAnyRoleMode": "DISABLE",
        "externalOauthBlockedRolesLists": ["SYSADMIN", "USERADMIN"],
    },
    PARAMETER: {"key": "OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST", "value": "true"},
    ACCOUNT: {"oauthAddPrivilegedRolesToBlockedList": True},
    NETWORK_POLICY: {"allowedIpLists": ["203.0.113.0/24", "198.51.100.7"]},
}


def grant_on(privilege: str, **on: Any) -> dict[str, Any]:
    rest = {name: value for name, value in GRANT_GOOD.items() if name != "onSchemaObject"}
    return {**rest, "privileges": [privilege], **on}


@pytest.mark.parametrize("resource_type", GOOD)
def test_what_we_make_passes(resource_type: str) -> None:
    assert broken_rules(resource_type, GOOD[resource_type]) == {}


@pytest.mark.parametrize(
    ("privilege", "on"),
    [
        ("USAGE", {"onAccountObject": {"objectType": "DATABASE", "objectName": "SALES"}}),
        ("USAGE", {"onAccountObject": {"objectType": "warehouse", "objectName": "CUBE"}}),
        ("USAGE", {"onSchema": {"schemaName": '"SALES"."PUBLIC"'}}),
        ("USAGE", {"onSchema": {"allSchemasInDatabase": "SALES"}}),
        ("USAGE", {"onSchema": {"futureSchemasInDatabase": "SALES"}}),
        ("USAGE", {"onSchema": {"inherited": {"inDatabase": "SALES"}}}),
        ("SELECT", {"onSchemaObject": {"objectType": "VIEW", "objectName": "v"}}),
        ("SELECT", {"onSchemaObject": {"all": {"objectTypePlural": "MATERIALIZED VIEWS"}}}),
        ("SELECT", {"onSchemaObject": {"all": {"objectTypePlural": "EXTERNAL TABLES"}}}),
        ("SELECT", {"onSchemaObject": {"future": {"objectTypePlural": "DYNAMIC TABLES"}}}),
        ("select", {"onSchemaObject": {"inherited": {"objectTypePlural": "TABLES"}}}),
    ],
)
def test_reading_passes(privilege: str, on: dict[str, Any]) -> None:
    assert broken_rules(ACCOUNT_ROLE_GRANT, grant_on(privilege, **on)) == {}


@pytest.mark.parametrize(
    ("privilege", "on", "shown"),
    [
        ("MANAGE GRANTS", {"onAccount": True}, "MANAGE GRANTS on the whole account"),
        ("USAGE", {"onAccountObject": {"objectType": "INTEGRATION"}}, "USAGE on INTEGRATION"),
        ("OPERATE", {"onAccountObject": {"objectType": "WAREHOUSE"}}, "OPERATE on WAREHOUSE"),
        ("MODIFY", {"onAccountObject": {"objectType": "DATABASE"}}, "MODIFY on DATABASE"),
        (
            "USAGE",
            {"onAccountObject": {"inherited": {"objectTypePlural": "DATABASES"}}},
            "USAGE on the whole account",
        ),
        ("USAGE", {"onSchema": {"inherited": {"inAccount": True}}}, "USAGE on the whole account"),
        (
            "SELECT",
            {"onSchemaObject": {"inherited": {"objectTypePlural": "TABLES", "inAccount": True}}},
            "SELECT on the whole account",
        ),
        ("CREATE TABLE", {"onSchema": {"schemaName": "s"}}, "CREATE TABLE on SCHEMA"),
        ("SELECT", {"onSchemaObject": {"objectType": "STREAM"}}, "SELECT on STREAM"),
        (
            "USAGE",
            {"onSchemaObject": {"future": {"objectTypePlural": "PROCEDURES"}}},
            "USAGE on PROCEDURE",
        ),
        ("INSERT", {"onSchemaObject": {"objectType": "TABLE"}}, "INSERT on TABLE"),
        ("OWNERSHIP", {"onSchemaObject": {"objectType": "TABLE"}}, "OWNERSHIP on TABLE"),
        ("REFERENCES", {"onSchemaObject": {}}, "REFERENCES on the whole account"),
    ],
)
def test_more_than_reading_is_refused(privilege: str, on: dict[str, Any], shown: str) -> None:
    found = broken_rules(ACCOUNT_ROLE_GRANT, grant_on(privilege, **on))
    assert list(found) == ["snowflake-grants-read-only"]
    assert shown in found["snowflake-grants-read-only"]


@pytest.mark.parametrize(
    ("resource_type", "changed", "rule", "shown"),
    [
        (ACCOUNT_ROLE_GRANT, {"privileges": ["SELECT", "DELETE"]}, "grants-read-only", "DELETE"),
        (ACCOUNT_ROLE_GRANT, {"allPrivileges": True}, "grants-read-only", "ALL PRIVILEGES"),
        (ACCOUNT_ROLE_GRANT, {"withGrantOption": True}, "grants-read-only", "withGrantOption"),
        (ACCOUNT_ROLE_GRANT, {"alwaysApply": True}, "grants-settle", "alwaysApply"),
        (
            ACCOUNT_ROLE_GRANT,
            {"strictPrivilegeManagement": True},
            "access-lists-additive",
            "strictPrivilegeManagement",
        ),
        (ACCOUNT_ROLE_GRANT, {"accountRoleName": "PUBLIC"}, "grants-to-somebody", "PUBLIC"),
        (ACCOUNT_ROLE_GRANT, {"accountRoleName": '"PUBLIC"'}, "grants-to-somebody", "PUBLIC"),
        (DATABASE_ROLE_GRANT, {"privileges": ["MODIFY"]}, "grants-read-only", "MODIFY"),
        (DATABASE_ROLE_GRANT, {"alwaysApply": True}, "grants-settle", "alwaysApply"),
        (ROLE_OF, {"parentRoleName": "public"}, "grants-to-somebody", "public"),
        (DATABASE_ROLE_OF, {"parentRoleName": "PUBLIC"}, "grants-to-somebody", "PUBLIC"),
        (SERVICE_USER, {"password": "planted"}, "users-are-services", "password"),
        (SERVICE_USER, {"disableMfa": "true"}, "users-are-services", "disableMfa"),
        (
            SERVICE_USER,
            {"defaultSecondaryRolesOption": "DEFAULT"},
            "secondary-roles-off",
            "DEFAULT",
        ),
        (SERVICE_USER, {"defaultSecondaryRolesOption": None}, "secondary-roles-off", "not set"),
        (OAUTH, {"oauthUseSecondaryRoles": "IMPLICIT"}, "secondary-roles-off", "IMPLICIT"),
        (OAUTH, {"oauthRedirectUri": "http://a.example/"}, "oauth-redirects-https", "http://a"),
        (OAUTH, {"oauthRedirectUri": "https://*.a/"}, "oauth-redirects-https", "https://*"),
        (OAUTH, {"oauthRedirectUri": "https:cb"}, "oauth-redirects-https", "https://"),
        (OAUTH, {"oauthAllowNonTlsRedirectUri": "true"}, "oauth-redirects-https", "NonTls"),
        (OAUTH, {"oauthEnforcePkce": "false"}, "oauth-pkce", "false"),
        (OAUTH, {"oauthEnforcePkce": "default"}, "oauth-pkce", "default"),
        (OAUTH, {"oauthEnforcePkce": None}, "oauth-pkce", "not set"),
        (
            OAUTH,
            {"blockedRolesLists": ["SYSADMIN"]},
            "oauth-privileged-roles-blocked",
            "lacks USERADMIN",
        ),
        (
            OAUTH,
            {"blockedRolesLists": None},
            "oauth-privileged-roles-blocked",
            "lacks SYSADMIN, USERADMIN",
        ),
        (
            OAUTH,
            {"preAuthorizedRolesLists": ["ANALYST", "ORGADMIN"]},
            "oauth-privileged-roles-blocked",
            "preAuthorizedRolesLists has ORGADMIN",
        ),
        (
            OAUTH,
            {"allowedRolesLists": ["ACCOUNTADMIN"]},
            "oauth-privileged-roles-blocked",
            "allowedRolesLists has ACCOUNTADMIN",
        ),
        (PARAMETER, {"value": "FALSE"}, "oauth-privileged-roles-blocked", "ACCOUNTADMIN"),
        (
            ACCOUNT,
            {"oauthAddPrivilegedRolesToBlockedList": False},
            "oauth-privileged-roles-blocked",
            "ACCOUNTADMIN",
        ),
        (
            PARAMETER,
            {"key": "EXTERNAL_OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST", "value": "false"},
            "oauth-privileged-roles-blocked",
            "EXTERNAL_OAUTH_ADD",
        ),
        (
            ACCOUNT,
            {"externalOauthAddPrivilegedRolesToBlockedList": False},
            "oauth-privileged-roles-blocked",
            "EXTERNAL_OAUTH_ADD",
        ),
        (
            EXTERNAL_OAUTH,
            {"externalOauthBlockedRolesLists": ["USERADMIN"]},
            "oauth-privileged-roles-blocked",
            "externalOauthBlockedRolesLists lacks SYSADMIN",
        ),
        (
            EXTERNAL_OAUTH,
            {"externalOauthAllowedRolesLists": ["ANALYST", "SYSADMIN"]},
            "oauth-privileged-roles-blocked",
            "externalOauthAllowedRolesLists has SYSADMIN",
        ),
        (
            EXTERNAL_OAUTH,
            {"externalOauthAnyRoleMode": "ENABLE"},
            "external-tokens-bounded",
            "ENABLE",
        ),
        (
            EXTERNAL_OAUTH,
            {"externalOauthAnyRoleMode": "enable_for_privilege"},
            "external-tokens-bounded",
            "enable_for_privilege",
        ),
        (
            EXTERNAL_OAUTH,
            {"externalOauthJwsKeysUrls": ["http://example.okta.com/keys"]},
            "external-tokens-bounded",
            "http://example.okta.com/keys",
        ),
        (OAUTH, {"oauthRefreshTokenValidity": 3600.0}, "oauth-sign-in-ends", "3600 s"),
        (OAUTH, {"oauthRefreshTokenValidity": 7_776_001.0}, "oauth-sign-in-ends", "7776001 s"),
        (NETWORK_POLICY, {"allowedIpLists": ["0.0.0.0/0"]}, "network-bounded", "0.0.0.0/0"),
        (
            NETWORK_POLICY,
            {"allowedIpLists": ["128.0.0.0/1", "203.0.113.7", "0.0.0.0/1"]},
            "network-bounded",
            "0.0.0.0/0",
        ),
    ],
)
def test_one_property_for_the_worse_is_refused(
    resource_type: str, changed: dict[str, Any], rule: str, shown: str
) -> None:
    found = broken_rules(resource_type, {**GOOD[resource_type], **changed})
    assert list(found) == [f"snowflake-{rule}"]
    assert shown in found[f"snowflake-{rule}"], "the value is named"


def test_the_rest_of_a_redirect_is_not_shown() -> None:
    changed = {"oauthRedirectUri": "http://user:planted@a.example/planted?planted#planted"}
    (message,) = broken_rules(OAUTH, {**OAUTH_GOOD, **changed}).values()
    assert "http://a.example" in message
    assert "planted" not in message


@pytest.mark.parametrize("role", sorted(SYSTEM_ROLES))
@pytest.mark.parametrize("to", ["userName", "parentRoleName"])
def test_a_role_that_administers_the_account_is_granted_to_nobody(role: str, to: str) -> None:
    found = broken_rules(ROLE_OF, {"roleName": role, to: "SOMEBODY"})
    assert list(found) == ["snowflake-system-roles-ungranted"]
    assert role in found["snowflake-system-roles-ungranted"]


@pytest.mark.parametrize("resource_type", sorted(OTHER_USERS))
def test_a_user_who_may_have_a_password_is_refused(resource_type: str) -> None:
    assert list(broken_rules(resource_type, {})) == ["snowflake-users-are-services"]


def test_taking_ownership_is_refused() -> None:
    assert list(broken_rules(OWNERSHIP, {})) == ["snowflake-access-lists-additive"]


@pytest.mark.parametrize(
    ("resource_type", "changed"),
    [
        (OAUTH, {"oauthRefreshTokenValidity": -1.0}),
        (OAUTH, {"oauthRefreshTokenValidity": None}),
        (OAUTH, {"oauthRefreshTokenValidity": 86_400.0}),
        (OAUTH, {"oauthRefreshTokenValidity": 7_776_000.0}),
        (OAUTH, {"oauthUseSecondaryRoles": None}),
        (OAUTH, {"oauthAllowNonTlsRedirectUri": "default"}),
        (OAUTH, {"blockedRolesLists": sorted(SYSTEM_ROLES)}),
        (EXTERNAL_OAUTH, {"externalOauthAnyRoleMode": None}),
        (
            EXTERNAL_OAUTH,
            {
                "externalOauthAllowedRolesLists": ["ANALYST"],
                "externalOauthBlockedRolesLists": None,
            },
        ),
        (SERVICE_USER, {"defaultSecondaryRolesOption": "none"}),
        (PARAMETER, {"key": "ALLOW_ID_TOKEN", "value": "false"}),
        (NETWORK_POLICY, {"allowedIpLists": None, "allowedNetworkRuleLists": ["rule"]}),
        (NETWORK_POLICY, {"allowedIpLists": ["not an address"]}),
    ],
)
def test_what_snowflake_takes_as_safe_or_refuses_itself_passes(
    resource_type: str, changed: dict[str, Any]
) -> None:
    assert broken_rules(resource_type, {**GOOD[resource_type], **changed}) == {}


@pytest.mark.parametrize(
    ("resource_type", "changed"),
    [
        (ACCOUNT_ROLE_GRANT, {"accountRoleName": UNKNOWN_STRING_VALUE}),
        (ROLE_OF, {"roleName": UNKNOWN_STRING_VALUE, "userName": UNKNOWN_STRING_VALUE}),
        (ROLE_OF, {"parentRoleName": UNKNOWN_STRING_VALUE}),
        (DATABASE_ROLE_OF, {"parentRoleName": UNKNOWN_STRING_VALUE}),
        (DATABASE_ROLE_GRANT, {"onDatabase": UNKNOWN_STRING_VALUE}),
        (SERVICE_USER, {"name": UNKNOWN_STRING_VALUE, "networkPolicy": UNKNOWN_STRING_VALUE}),
    ],
)
def test_what_is_about_to_be_made_passes(resource_type: str, changed: dict[str, Any]) -> None:
    assert broken_rules(resource_type, {**GOOD[resource_type], **changed}) == {}


def test_the_name_of_what_is_about_to_be_made_is_not_asked() -> None:
    on = {"onAccountObject": {"objectType": "WAREHOUSE", "objectName": UNKNOWN_STRING_VALUE}}
    assert broken_rules(ACCOUNT_ROLE_GRANT, grant_on("USAGE", **on)) == {}


@pytest.mark.parametrize(
    ("resource_type", "changed"),
    [
        (ACCOUNT_ROLE_GRANT, {"privileges": UNKNOWN_ARRAY_VALUE}),
        (ACCOUNT_ROLE_GRANT, {"onSchemaObject": {"objectType": UNKNOWN_STRING_VALUE}}),
        (SERVICE_USER, {"defaultSecondaryRolesOption": UNKNOWN_STRING_VALUE}),
        (OAUTH, {"oauthRedirectUri": UNKNOWN_STRING_VALUE}),
        (OAUTH, {"oauthEnforcePkce": UNKNOWN_STRING_VALUE}),
        (OAUTH, {"blockedRolesLists": UNKNOWN_ARRAY_VALUE}),
        (OAUTH, {"oauthRefreshTokenValidity": UNKNOWN_NUMBER_VALUE}),
        (EXTERNAL_OAUTH, {"externalOauthAnyRoleMode": UNKNOWN_STRING_VALUE}),
        (EXTERNAL_OAUTH, {"externalOauthBlockedRolesLists": UNKNOWN_ARRAY_VALUE}),
        (PARAMETER, {"value": UNKNOWN_STRING_VALUE}),
        (NETWORK_POLICY, {"allowedIpLists": [UNKNOWN_STRING_VALUE]}),
    ],
)
def test_what_is_not_known_yet_does_not_pass_in_silence(
    resource_type: str, changed: dict[str, Any]
) -> None:
    """The framework turns this error into a note in the preview, and `up` checks again."""
    with pytest.raises(UnknownValueError):
        broken_rules(resource_type, {**GOOD[resource_type], **changed})
