"""The types that the cases are about, as today's plugins spell them, and good inputs for each."""

from __future__ import annotations

from typing import Any


def snowflake(name: str) -> str:
    return f"snowflake:index/{name[0].lower()}{name[1:]}:{name}"


def databricks(name: str) -> str:
    return f"databricks:index/{name[0].lower()}{name[1:]}:{name}"


ROLE_GRANT = snowflake("GrantPrivilegesToAccountRole")
EXECUTE = snowflake("Execute")
SERVICE_USER = snowflake("ServiceUser")
OAUTH = snowflake("OauthIntegrationForCustomClients")
PARTNER = snowflake("OauthIntegrationForPartnerApplications")
EXTERNAL = snowflake("ExternalOauthIntegration")
GRANT = databricks("Grant")
APP = databricks("CustomAppIntegration")
PERMISSIONS = databricks("Permissions")
PERMISSION = "cube-access:databricks:Permission"
SECRET = "cube-access:aws:Secret"
KEY_PAIR = "cube-access:snowflake:KeyPair"
ROLE_PRIVILEGES = "cube-access:snowflake:RolePrivileges"
AWS_SECRET = "aws:secretsmanager/secret:Secret"
AWS_VERSION = "aws:secretsmanager/secretVersion:SecretVersion"

# A public key of 2048 bits, as Snowflake keeps it, and one of 1024; both made for these tests.
KEY_2048 = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtyNVYhEcNXaqLRRb4Wpw"
    "R9fRgRMr5Vj+fXrtI45fobDb0mGtsZXrKq7Dcxxj5Jj2piX+A+SgrQbfC0nx7R8r"
    "yYkVi+LvzIa0L1mAQnaMEkdXbWKiw5hBYF2uiavgn/dUb+vvhlw4BGoTMuR9G2aa"
    "Snd+Sk0/wAjzbdbrxDBbCiCqYqgb/OlUx+1BkAeTMiU9Ix+89iXxNs8rlSiZMYMq"
    "/I091bNmf4+ZlD7BMFcmTFhEby2rzrBR7kD6yIPiY6oQqQPHOusTmJLOQYTLjG+C"
    "B8g79e0lT0uDNq2D3Yg17wRl7Wt35v9chzx0jFE36w7jvuMxt1xwNst91TMa8KTS"
    "SQIDAQAB"
)
KEY_1024 = (
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkOgjmDRTQ3J47aBsp9ZXpaTmx"
    "e4ZKxv2KSB3BOexSASD5/qZmbGjjswhqt40VCmfBkOj2Vv0i6/gqUPDDAF7rXnPu"
    "dHD2UBnpOozYkD0r9naTN/GKdhi185SiShQMHIIymPqDU1XWLt4JaJoeQu5Bxjfm"
    "mhCc4Lq8Dk6IsawdlQIDAQAB"
)

# With the values that the plugin fills in where a program says nothing.
ROLE_GRANT_GOOD: dict[str, Any] = {
    "accountRoleName": "CUBE_PROD",
    "privileges": ["SELECT"],
    "onSchemaObject": {"future": {"objectTypePlural": "TABLES", "inSchema": '"SALES"."PUBLIC"'}},
    "allPrivileges": False,
    "alwaysApply": False,
    "withGrantOption": False,
}
ROLE_PRIVILEGES_GOOD: dict[str, Any] = {
    "role": "CUBE_PROD",
    "roleKind": "ROLE",
    "privileges": {
        'USAGE ON DATABASE "SALES"': "granted",
        'USAGE ON SCHEMA "SALES"."PUBLIC"': "granted",
        'SELECT ON ALL AND FUTURE TABLES IN SCHEMA "SALES"."PUBLIC"': "granted",
        'USAGE ON WAREHOUSE "CUBE"': "granted",
    },
    "extraPrivileges": "revoke",
}
GRANT_GOOD: dict[str, Any] = {
    "principal": "3d6f0b52-5a4e-4f9c-9a56-111111111111",
    "schema": "main.sales",
    "privileges": ["SELECT", "USE_SCHEMA"],
}
EXECUTE_GOOD: dict[str, Any] = {
    "execute": 'GRANT INHERITED SELECT ON ALL TABLES IN SCHEMA "D"."S" TO ROLE "R"',
    "revert": 'REVOKE INHERITED SELECT ON ALL TABLES IN SCHEMA "D"."S" FROM ROLE "R"',
}
SERVICE_USER_GOOD: dict[str, Any] = {
    "name": "CUBE_PROD",
    "loginName": "CUBE_PROD",
    "defaultRole": "CUBE_PROD",
    "defaultSecondaryRolesOption": "NONE",
    "rsaPublicKey": KEY_2048,
}
OAUTH_GOOD: dict[str, Any] = {
    "name": "CUBE_PROD",
    "oauthClientType": "CONFIDENTIAL",
    "oauthRedirectUri": "https://example.cubecloud.dev/oauth/callback",
    "oauthAllowNonTlsRedirectUri": "false",
    "oauthEnforcePkce": "true",
    "oauthUseSecondaryRoles": "NONE",
    "oauthRefreshTokenValidity": 2_592_000.0,
    "blockedRolesLists": ["SYSADMIN", "USERADMIN"],
    "preAuthorizedRolesLists": ["ANALYST"],
    "networkPolicy": "CUBE",
}
EXTERNAL_GOOD: dict[str, Any] = {
    "name": "CUBE_PROD_EXTERNAL",
    "externalOauthType": "OKTA",
    "externalOauthIssuer": "https://example.okta.com/oauth2/default",
    "externalOauthJwsKeysUrls": ["https://example.okta.com/oauth2/default/v1/keys"],
    "externalOauthAnyRoleMode": "DISABLE",
    "externalOauthBlockedRolesLists": ["SYSADMIN", "USERADMIN"],
}
APP_GOOD: dict[str, Any] = {
    "name": "cube-prod",
    "confidential": True,
    "redirectUrls": ["https://example.cubecloud.dev/oauth/callback"],
    "scopes": ["sql", "offline_access"],
    "tokenAccessPolicy": {"accessTokenTtlInMinutes": 60.0, "refreshTokenTtlInMinutes": 10_080.0},
}
PERMISSIONS_GOOD: dict[str, Any] = {
    "sqlEndpointId": "5a4d0000000000b1",
    "accessControls": [{"groupName": "analysts", "permissionLevel": "CAN_USE"}],
}
SECRET_GOOD: dict[str, Any] = {
    "name": "cube-access/prod",
    "description": "Service account cube of Cube",
    "recoveryDays": 7.0,
    "policy": {},
    "tags": {"team": "data"},
    "kmsKeyId": "",
}
