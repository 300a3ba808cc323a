"""One environment of each shape, as its settings say it."""

from __future__ import annotations

from typing import Any

from pydantic import SecretStr

import cube_access
from cube_access.component.arguments import Asked
from cube_access.component.caller import Caller, Kind, arg
from cube_access.component.shapes import AccessArgs, shapes
from cube_access.plugin.construct import COMPONENTS
from cube_access.settings import Settings, load

COMMON = {
    "redirectUris": '["https://example.cubecloud.dev/oauth/callback"]',
    "tags": '{"team": "data"}',
    "secretKmsKeyId": "alias/ours",
}
DATABRICKS = {
    **COMMON,
    "warehouse": "databricks",
    "databricksAccountId": "0a1b2c3d-0000-4000-8000-00000000c0be",
    "databricksWorkspaceHost": "dbc-1a2b3c4d-5e6f.cloud.databricks.com",
    "databricksWorkspaceId": "1234567890123456",
    "sqlWarehouseId": "5a4d0000000000b1",
    "schemas": '["main.sales"]',
    "tables": '["main.reference.countries"]',
    "userGroups": '["analysts", "finance"]',
}
SNOWFLAKE = {
    **COMMON,
    "warehouse": "snowflake",
    "snowflakeAccount": "ORG-ANALYTICS",
    "snowflakeWarehouse": "COMPUTE_WH",
    "schemas": '["ANALYTICS.SALES"]',
    "tables": '["ANALYTICS.REFERENCE.COUNTRIES"]',
    "userRoles": '["ANALYST"]',
    "blockedRoles": '["INTERN"]',
    "preAuthorizedRoles": '["ANALYST"]',
    "oauthRole": "ANALYST",
    "oauthNetworkPolicy": "OFFICE",
    "allowedCidrs": '["203.0.113.0/24"]',
}
EXTERNAL = {
    **COMMON,
    "warehouse": "external",
    "externalType": "postgres",
    "externalHost": "db.example.com",
    "externalPort": "5433",
    "externalDatabase": "sales",
    "externalUser": "cube_service",
    "externalClientId": "0a1b2c3d",
    "externalAuthUrl": "https://login.example.com/authorize",
    "externalTokenUrl": "https://login.example.com/token",
    "externalScopes": '["offline_access", "db.access"]',
    "externalPassword": "-".join(("planted", "password")),
    "externalClientSecret": "-".join(("planted", "client")),
}
IDENTITY_PROVIDER = """{
  "type": "OKTA", "issuer": "https://example.okta.com/oauth2/x",
  "jwsKeysUrl": "https://example.okta.com/oauth2/x/v1/keys", "userMappingClaim": "sub",
  "authUrl": "https://example.okta.com/authorize", "tokenUrl": "https://example.okta.com/token",
  "clientId": "0oa1", "scopes": ["session:role:ANALYST"]}"""
SHAPES: dict[str, dict[str, str]] = {
    "databricks": DATABRICKS,
    "databricks by token, on a SQL warehouse of its own": {
        **{key: value for key, value in DATABRICKS.items() if key != "sqlWarehouseId"},
        "credential": "pat",
        "credentialVersions": '["v1", "v2"]',
    },
    "snowflake": SNOWFLAKE,
    "snowflake without a key, by database role, on a warehouse of its own": {
        **{key: value for key, value in SNOWFLAKE.items() if key in ("warehouse", "redirectUris")},
        "snowflakeAccount": "ORG-ANALYTICS",
        "schemas": '["ANALYTICS.SALES"]',
        "grantTo": "database-role",
        "snowflakeWarehouseCreditQuota": "10",
        "authenticationPolicySchema": "ADMIN.POLICIES",
        "cubeCloudIdentity": '{"tenant": "example", "deploymentId": 42}',
    },
    "snowflake with an identity provider": {
        **{
            key: value
            for key, value in SNOWFLAKE.items()
            if key not in ("oauthNetworkPolicy", "preAuthorizedRoles", "oauthRole")
        },
        "databases": '["RAW"]',
        "importedDatabases": '["WEATHER"]',
        "externalOauth": IDENTITY_PROVIDER,
        "externalOauthClientSecret": "-".join(("planted", "idp")),
    },
    "snowflake, whose people Cube Cloud vouches for": {
        **{
            key: value
            for key, value in SNOWFLAKE.items()
            if key
            not in (
                *("redirectUris", "oauthNetworkPolicy", "preAuthorizedRoles", "blockedRoles"),
                "secretKmsKeyId",
            )
        },
        "cubeCloudIdentity": '{"tenant": "example", "deploymentId": 42}',
        "cubeCloudSignIn": '{"tenant": "example", "audience": "people"}',
    },
    "external": EXTERNAL,
}


def settings(config: dict[str, str], stack: str = "dev") -> Settings:
    """As the root program reads them."""
    full = {f"cube-access:{key}": value for key, value in config.items()}
    return load(full, stack, full.keys())


def by_configuration(config: dict[str, str]) -> Asked[Any]:
    read = settings(config)
    return Asked(read, Caller(read.warehouse, "configuration"))


def values(config: dict[str, str]) -> dict[str, Any]:
    """What is set, in Python's own types, by arg. Maps are as in the configuration."""
    read = settings(config)
    kind: Kind = read.warehouse
    found = {}
    for field in read.model_fields_set - {"warehouse", "source_name", "secret_name"}:
        value = getattr(read, field)
        value = value.get_secret_value() if isinstance(value, SecretStr) else value
        found[arg(kind, field)] = list(value) if isinstance(value, tuple) else value
    return found


def args(kind: Kind, given: dict[str, Any]) -> Any:
    """Args with these values."""
    kind_of_args: type[AccessArgs] = getattr(cube_access, f"{COMPONENTS[kind]}Args")
    known = shapes(kind_of_args)
    nested = {
        key: _nested(known[key].kind, value)
        for key, value in given.items()
        if known[key].nested and isinstance(value, dict)
    }
    return kind_of_args(**{**given, **nested})


def _nested(kind: type[Any], value: dict[str, Any]) -> Any:
    from pydantic.alias_generators import to_snake

    return kind(**{to_snake(key): each for key, each in value.items()})
