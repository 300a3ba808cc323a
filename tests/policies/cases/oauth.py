"""OAuth integrations of both warehouses."""

from __future__ import annotations

from pulumi_policy.proxy import (
    UNKNOWN_ARRAY_VALUE,
    UNKNOWN_NUMBER_VALUE,
    UNKNOWN_STRING_VALUE,
)

from policies.rules.values import SYSTEM_ROLES
from tests.policies.cases.case import GONE, Case
from tests.policies.cases.types import (
    APP,
    APP_GOOD,
    EXTERNAL,
    EXTERNAL_GOOD,
    OAUTH,
    OAUTH_GOOD,
    PARTNER,
    SERVICE_USER,
    SERVICE_USER_GOOD,
    databricks,
    snowflake,
)

UNKNOWN = UNKNOWN_STRING_VALUE
PARTNER_GOOD = {
    "oauthClient": "TABLEAU_DESKTOP",
    "blockedRolesLists": ["SYSADMIN", "USERADMIN"],
    "oauthUseSecondaryRoles": "NONE",
    "oauthRefreshTokenValidity": 86_400.0,
}
OLD_OAUTH = "snowflake:index/oauthintegration:OauthIntegration"
LOCALHOST = {"oauth-redirects-https": {"localhost": True}}
HOSTS = {"oauth-redirects-known": {"hosts": ["*.cubecloud.dev"]}}
CASES = [
    Case(
        rule="oauth-redirects-https",
        type=OAUTH,
        good=OAUTH_GOOD,
        breaks=[
            ({"oauthRedirectUri": "http://a.example/callback"}, "http://a.example"),
            ({"oauthRedirectUri": "http://localhost:8080/callback"}, "http://localhost"),
            ({"oauthRedirectUri": "https://*.a.example/callback"}, "wildcard"),
            ({"oauthRedirectUri": "https://a.example/callback#planted"}, "fragment"),
            ({"oauthRedirectUri": "https://planted@a.example/callback"}, "https://a.example"),
            ({"oauthRedirectUri": "https:callback"}, "https://"),
            ({"oauthRedirectUri": "https://a.example\\.b.example/callback"}, "browsers"),
            ({"oauthRedirectUri": GONE}, "://"),
            ({"oauthAllowNonTlsRedirectUri": "true"}, "NonTls"),
        ],
        fine=[{"oauthAllowNonTlsRedirectUri": "default"}],
        unknown=[{"oauthRedirectUri": UNKNOWN}, {"oauthAllowNonTlsRedirectUri": UNKNOWN}],
    ),
    Case(
        rule="oauth-redirects-https",
        type=OAUTH,
        good={**OAUTH_GOOD, "oauthRedirectUri": "http://localhost:8080/callback"},
        breaks=[
            ({"oauthRedirectUri": "http://localhost.a.example/"}, "http://localhost.a.example")
        ],
        fine=[{"oauthRedirectUri": "http://127.0.0.1/"}, {"oauthRedirectUri": "http://[::1]:80/"}],
        config=LOCALHOST,
    ),
    Case(
        rule="oauth-redirects-https",
        type=APP,
        good=APP_GOOD,
        breaks=[
            ({"redirectUrls": ["https://a.example/", "http://b.example/callback"]}, "http://b"),
            ({"redirectUrls": ["https://*.a.example/callback"]}, "wildcard"),
        ],
        unknown=[{"redirectUrls": UNKNOWN_ARRAY_VALUE}, {"redirectUrls": [UNKNOWN]}],
    ),
    Case(
        rule="oauth-redirects-known",
        type=APP,
        good=APP_GOOD,
        breaks=[
            ({"redirectUrls": ["https://cubecloud.dev.a.example/"]}, "cubecloud.dev.a.example")
        ],
        unknown=[{"redirectUrls": [UNKNOWN]}],
        config=HOSTS,
    ),
    Case(
        rule="oauth-redirects-known",
        type=OAUTH,
        good=OAUTH_GOOD,
        breaks=[({"oauthRedirectUri": "https://a.example/callback"}, "https://a.example")],
        unknown=[{"oauthRedirectUri": UNKNOWN}],
        config=HOSTS,
    ),
    Case(
        rule="oauth-keys-https",
        type=EXTERNAL,
        good=EXTERNAL_GOOD,
        breaks=[
            ({"externalOauthJwsKeysUrls": ["http://example.okta.com/k"]}, "http://example.okta"),
            ({"externalOauthIssuer": "http://example.okta.com/issuer"}, "externalOauthIssuer"),
        ],
        unknown=[{"externalOauthJwsKeysUrls": [UNKNOWN]}, {"externalOauthIssuer": UNKNOWN}],
    ),
    Case(
        rule="oauth-keys-https",
        type=databricks("ServicePrincipalFederationPolicy"),
        good={
            "servicePrincipalId": 1.0,
            "oidcPolicy": {"issuer": "https://a.example", "subject": "s"},
        },
        breaks=[
            (
                {"oidcPolicy": {"issuer": "http://a.example/i", "subject": "s"}},
                "issuer has http://a.example",
            ),
            (
                {
                    "oidcPolicy": {
                        "issuer": "https://a.example/i",
                        "subject": "s",
                        "jwksUri": "http://a.example/keys",
                    }
                },
                "jwksUri has http://a.example",
            ),
        ],
        unknown=[{"oidcPolicy": {"issuer": UNKNOWN}}],
    ),
    Case(
        rule="oauth-keys-https",
        type=SERVICE_USER,
        good={
            **SERVICE_USER_GOOD,
            "defaultWorkloadIdentity": {"oidc": {"issuer": "https://a.example", "subject": "s"}},
        },
        breaks=[
            (
                {
                    "defaultWorkloadIdentity": {
                        "oidc": {"issuer": "http://a.example/i", "subject": "s"}
                    }
                },
                "issuer has http://a.example",
            )
        ],
        fine=[{"defaultWorkloadIdentity": {"aws": {"arn": "arn:aws:iam::1:role/x"}}}],
    ),
    Case(
        rule="oauth-public-clients-pkce",
        type=OAUTH,
        good={**OAUTH_GOOD, "oauthClientType": "PUBLIC"},
        breaks=[
            ({"oauthEnforcePkce": "false"}, "false"),
            ({"oauthEnforcePkce": "default"}, "default"),
            ({"oauthEnforcePkce": GONE}, "not set"),
        ],
        unknown=[{"oauthEnforcePkce": UNKNOWN}],
    ),
    Case(
        rule="oauth-pkce",
        type=OAUTH,
        good=OAUTH_GOOD,
        breaks=[({"oauthEnforcePkce": "false"}, "false"), ({"oauthEnforcePkce": GONE}, "not set")],
        unknown=[{"oauthEnforcePkce": UNKNOWN}],
    ),
    Case(
        rule="oauth-tokens-short",
        type=OAUTH,
        good=OAUTH_GOOD,
        breaks=[
            ({"oauthRefreshTokenValidity": 2_592_001.0}, "30.0 days"),
            ({"oauthRefreshTokenValidity": -1.0}, "90.0 days"),
            ({"oauthRefreshTokenValidity": GONE}, "90.0 days"),
        ],
        unknown=[{"oauthRefreshTokenValidity": UNKNOWN_NUMBER_VALUE}],
        config={"oauth-tokens-short": {"refreshTokenDays": 30}},
        not_text=False,
    ),
    Case(
        rule="oauth-tokens-short",
        type=APP,
        good=APP_GOOD,
        breaks=[
            ({"tokenAccessPolicy": {"accessTokenTtlInMinutes": 61.0}}, "61 minutes"),
            ({"tokenAccessPolicy": {"refreshTokenTtlInMinutes": 130_000.0}}, "90.3 days"),
        ],
        fine=[{"tokenAccessPolicy": GONE}, {"tokenAccessPolicy": {}}],
        unknown=[{"tokenAccessPolicy": {"accessTokenTtlInMinutes": UNKNOWN_NUMBER_VALUE}}],
        not_text=False,
    ),
    Case(
        rule="oauth-scopes-narrow",
        type=APP,
        good=APP_GOOD,
        breaks=[
            ({"scopes": ["sql", "all-apis"]}, "all-apis"),
            ({"userAuthorizedScopes": ["all-apis"]}, "userAuthorizedScopes has all-apis"),
            ({"scopes": ["clusters"]}, "clusters"),
        ],
        unknown=[{"scopes": UNKNOWN_ARRAY_VALUE}, {"scopes": ["sql", UNKNOWN]}],
    ),
    Case(
        rule="oauth-network-policy",
        type=OAUTH,
        good=OAUTH_GOOD,
        breaks=[
            ({"networkPolicy": GONE}, "networkPolicy"),
            ({"networkPolicy": ""}, "networkPolicy"),
        ],
        waits=[{"networkPolicy": UNKNOWN}],
        not_text=False,
    ),
    Case(
        rule="oauth-one-role",
        type=OAUTH,
        good=OAUTH_GOOD,
        breaks=[({"oauthUseSecondaryRoles": "IMPLICIT"}, "IMPLICIT")],
        fine=[{"oauthUseSecondaryRoles": GONE}],
        unknown=[{"oauthUseSecondaryRoles": UNKNOWN}],
    ),
    Case(
        rule="oauth-one-role",
        type=EXTERNAL,
        good=EXTERNAL_GOOD,
        breaks=[
            ({"externalOauthAnyRoleMode": "ENABLE"}, "ENABLE"),
            ({"externalOauthAnyRoleMode": "enable_for_privilege"}, "enable_for_privilege"),
        ],
        fine=[{"externalOauthAnyRoleMode": GONE}],
        unknown=[{"externalOauthAnyRoleMode": UNKNOWN}],
    ),
    Case(
        rule="oauth-one-role",
        type=PARTNER,
        good=PARTNER_GOOD,
        breaks=[({"oauthUseSecondaryRoles": "IMPLICIT"}, "IMPLICIT")],
    ),
    Case(
        rule="oauth-admin-roles-blocked",
        type=OAUTH,
        good=OAUTH_GOOD,
        breaks=[
            ({"blockedRolesLists": ["SYSADMIN"]}, "lacks USERADMIN"),
            ({"blockedRolesLists": GONE}, "lacks SYSADMIN, USERADMIN"),
        ],
        fine=[
            {"blockedRolesLists": sorted(SYSTEM_ROLES)},
            {"blockedRolesLists": ["SYSADMIN", "USERADMIN", UNKNOWN]},
        ],
        unknown=[{"blockedRolesLists": UNKNOWN_ARRAY_VALUE}, {"blockedRolesLists": [UNKNOWN]}],
        not_text=False,
    ),
    Case(
        rule="oauth-admin-roles-blocked",
        type=EXTERNAL,
        good=EXTERNAL_GOOD,
        breaks=[({"externalOauthBlockedRolesLists": ["USERADMIN"]}, "lacks SYSADMIN")],
        fine=[
            {
                "externalOauthBlockedRolesLists": GONE,
                "externalOauthAllowedRolesLists": ["ANALYST"],
            }
        ],
        unknown=[{"externalOauthBlockedRolesLists": UNKNOWN_ARRAY_VALUE}],
        not_text=False,
    ),
    Case(
        rule="oauth-admin-roles-blocked",
        type=OLD_OAUTH,
        good=PARTNER_GOOD,
        breaks=[({"blockedRolesLists": ["USERADMIN"]}, "lacks SYSADMIN")],
        not_text=False,
    ),
    Case(
        rule="oauth-admin-roles-blocked",
        type=snowflake("AccountParameter"),
        good={"key": "OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST", "value": "true"},
        breaks=[
            ({"value": "FALSE"}, "ACCOUNTADMIN"),
            ({"value": "0"}, "ACCOUNTADMIN"),
            ({"value": "f"}, "ACCOUNTADMIN"),
            (
                {
                    "key": "EXTERNAL_OAUTH_ADD_PRIVILEGED_ROLES_TO_BLOCKED_LIST",
                    "value": "false",
                },
                "EXTERNAL_OAUTH_ADD",
            ),
        ],
        fine=[{"key": "ALLOW_ID_TOKEN", "value": "false"}, {"value": "1"}],
        unknown=[{"value": UNKNOWN}],
        not_text=False,
    ),
    Case(
        rule="oauth-admin-roles-blocked",
        type=snowflake("CurrentAccount"),
        good={"oauthAddPrivilegedRolesToBlockedList": True},
        breaks=[
            ({"oauthAddPrivilegedRolesToBlockedList": False}, "ACCOUNTADMIN"),
            ({"externalOauthAddPrivilegedRolesToBlockedList": False}, "EXTERNAL_OAUTH_ADD"),
        ],
        not_text=False,
    ),
    Case(
        rule="oauth-admin-roles-blocked",
        type=snowflake("CurrentOrganizationAccount"),
        good={"name": "O"},
        breaks=[({"oauthAddPrivilegedRolesToBlockedList": False}, "ACCOUNTADMIN")],
        not_text=False,
    ),
    Case(
        rule="oauth-admin-roles-unauthorized",
        type=OAUTH,
        good=OAUTH_GOOD,
        breaks=[
            ({"preAuthorizedRolesLists": ["ANALYST", "ORGADMIN"]}, "has ORGADMIN"),
            ({"allowedRolesLists": ["ACCOUNTADMIN"]}, "allowedRolesLists has ACCOUNTADMIN"),
        ],
        unknown=[{"preAuthorizedRolesLists": ["ANALYST", UNKNOWN]}],
        not_text=False,
    ),
    Case(
        rule="oauth-admin-roles-unauthorized",
        type=EXTERNAL,
        good={**EXTERNAL_GOOD, "externalOauthAllowedRolesLists": ["ANALYST"]},
        breaks=[({"externalOauthAllowedRolesLists": ["ANALYST", "SYSADMIN"]}, "has SYSADMIN")],
        unknown=[{"externalOauthAllowedRolesLists": [UNKNOWN]}],
        not_text=False,
    ),
    Case(
        rule="oauth-admin-roles-unauthorized",
        type="cube-access:snowflake:AllowedRoles",
        good={"integration": "CUBE", "roles": ["ANALYST"]},
        breaks=[({"roles": ["ANALYST", "SYSADMIN"]}, "roles has SYSADMIN")],
        unknown=[{"roles": [UNKNOWN]}],
        not_text=False,
    ),
]
