"""Each key of the configuration does something: with another value, something else is made, stored,
looked up or given to Cube. A key that is not in the table fails here.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest
from pydantic.alias_generators import to_snake

from cube_access.component.access import outputs
from cube_access.plugin.construct import component
from cube_access.settings import WAREHOUSES
from tests.components import samples
from tests.components.harness import run, running

ROOT = Path(__file__).parents[2]
OKTA = "snowflake with an identity provider"
VOUCHED = "snowflake, whose people Cube Cloud vouches for"
OWN_WAREHOUSE = {
    "databricks": "databricks by token, on a SQL warehouse of its own",
    "snowflake": "snowflake without a key, by database role, on a warehouse of its own",
}
COMMON = {
    "name": "other-name",
    "protect": "false",
    "tags": '{"team": "other"}',
    "redirectUris": '["https://other.cubecloud.dev/oauth/callback"]',
    "oauthClientType": "public",
    "sourceName": "other",
    "fallback": "service-account",
    "dataSource": "people",
    "otherDataSources": '{"billing": "postgres"}',
    "awsRegion": "eu-west-3",
    "awsProfile": "other",
    "secretName": "other/secret",
    "secretKmsKeyId": "alias/other",
    "secretRecoveryDays": "7",
    "secretOnDestroy": "keep",
    "secretPolicy": '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": '
    '{"AWS": "arn:aws:iam::123456789012:role/cube"}, "Action": "secretsmanager:GetSecretValue", '
    '"Resource": "*"}]}',
    "adoptSecret": "true",
    "cubeHooks": str(Path(__file__).with_name("own_hooks.py")),
}
READING = {
    "refreshTokenMinutes": "1440",
    "schemas": '["OTHER.SALES"]',
    "tables": '["OTHER.REFERENCE.CITIES"]',
    "credentialVersions": '["v1", "v2"]',
}
OTHER: dict[str, dict[str, str]] = {
    "databricks": {
        **COMMON,
        **READING,
        "databricksAccountId": "0a1b2c3d-0000-4000-8000-00000000c0bf",
        "databricksWorkspaceHost": "dbc-1a2b3c4d-5e6e.cloud.databricks.com",
        "databricksWorkspaceId": "1234567890123457",
        "accessTokenMinutes": "30",
        "oauthScopes": '["sql", "offline_access", "openid"]',
        "singleUseRefreshTokens": "true",
        "credential": "pat",
        "credentialLifetimeDays": "30",
        "userGroups": '["marketing"]',
        "sqlWarehouseId": "5a4d0000000000b2",
        "sqlWarehouseSize": "Small",
        "sqlWarehouseAutoStopMinutes": "20",
        "sqlWarehouseMaxClusters": "2",
        "sqlWarehouseServerless": "false",
        "cubeCatalog": "other",
    },
    "snowflake": {
        **COMMON,
        **READING,
        "databases": '["OTHER"]',
        "importedDatabases": '["SHARED"]',
        "objectKinds": '["tables"]',
        "inheritedGrants": "true",
        "shadowFutureGrants": "true",
        "extraPrivileges": "report",
        "grantTo": "account-role",
        "cubeDatabase": "OTHER",
        "snowflakeAccount": "ORG-OTHER",
        "blockedRoles": '["OTHER"]',
        "oauthEnforcePkce": "false",
        "oauthRole": "OTHER",
        "oauthSecretVersion": "2",
        "preAuthorizedRoles": '["OTHER"]',
        "oauthNetworkPolicy": "OTHER",
        "userRoles": '["OTHER"]',
        "allowedRoles": '["OTHER"]',
        "oauthAnyRole": "true",
        "allowedCidrs": '["198.51.100.0/24"]',
        "authenticationPolicySchema": "OTHER.POLICIES",
        "statementTimeoutSeconds": "300",
        "snowflakeWarehouse": "OTHER_WH",
        "snowflakeWarehouseSize": "SMALL",
        "snowflakeWarehouseAutoSuspendSeconds": "120",
        "snowflakeWarehouseCreditQuota": "20",
        "integrationRole": "OTHER_ADMIN",
        "userAdminRole": "OTHER_ADMIN",
        "grantAdminRole": "OTHER_ADMIN",
        "warehouseAdminRole": "OTHER_ADMIN",
        "deployerRole": "sign-in",
        "externalOauthClientSecret": "-".join(("planted", "other")),
        "externalOauth": samples.IDENTITY_PROVIDER.replace("0oa1", "0oa2"),
        "cubeCloudIdentity": '{"tenant": "other", "deploymentId": 42}',
        "cubeCloudSignIn": '{"tenant": "example", "audience": "other"}',
    },
    "external": {
        **COMMON,
        "externalType": "questdb",
        "externalHost": "other.example.com",
        "externalPort": "5434",
        "externalDatabase": "other",
        "externalSchema": "other",
        "externalSslCa": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "externalUser": "other",
        "externalPassword": "-".join(("planted", "another")),
        "externalToken": "-".join(("planted", "token")),
        "externalPersonUser": "other",
        "externalClientSecret": "-".join(("planted", "other")),
        "externalClientId": "other",
        "externalAuthUrl": "https://other.example.com/authorize",
        "externalTokenUrl": "https://other.example.com/token",
        "externalScopes": '["offline_access", "other"]',
    },
}
"""Another value than in the environment that the key is tried in."""
# Where a key is tried: the environment of `samples.SHAPES`, if not the plain one of its warehouse.
WHERE = {
    **dict.fromkeys(
        ("sqlWarehouseSize", "sqlWarehouseAutoStopMinutes", "sqlWarehouseMaxClusters"),
        OWN_WAREHOUSE["databricks"],
    ),
    "sqlWarehouseServerless": OWN_WAREHOUSE["databricks"],
    "credentialLifetimeDays": OWN_WAREHOUSE["databricks"],
    **dict.fromkeys(
        (
            "snowflakeWarehouseSize",
            "snowflakeWarehouseAutoSuspendSeconds",
            "snowflakeWarehouseCreditQuota",
            "warehouseAdminRole",
            "grantTo",
            "authenticationPolicySchema",
            "cubeCloudIdentity",
        ),
        OWN_WAREHOUSE["snowflake"],
    ),
    "cubeCloudSignIn": VOUCHED,
    "externalOauth": OKTA,
    "externalOauthClientSecret": OKTA,
}
# What has to be so before and after, besides.
WITH: dict[str, dict[str, str]] = {
    "dataSource": {"dataSource": "sales", "otherDataSources": '{"default": "postgres"}'},
    "externalSchema": {"externalType": "trino"},
    "externalToken": {"externalType": "trino"},
}
# What the other value takes the place of.
INSTEAD = {"oauthClientType": "externalClientSecret", "externalToken": "externalPassword"}
# What changes in the look before a preview only, and the test that shows it.
IN_THE_LOOK = {"shadowFutureGrants": "tests/components/snowflake/test_preflight.py"}
KEYS = [(kind, key) for kind, values in OTHER.items() for key in values]


@functools.cache
def effect(shape: str, *changes: tuple[str, str | None]) -> Any:
    """All that is asked of the engine and given to the caller, but for what only repeats the
    configuration.

    Args:
        changes: keys of the environment's configuration, with other values or none.
    """
    changed = {**samples.SHAPES[shape], **dict(changes)}
    config = {key: text for key, text in changed.items() if text is not None}
    kind: Any = config["warehouse"]

    def given() -> Any:
        found = outputs(component(kind)("cube", samples.by_configuration(config)))
        return {key: value for key, value in found.items() if key != "declaration"}

    with running() as engine:
        gave = run(given)
    options = [(each.name, each.protect) for each in engine.registrations]
    return gave, engine.inputs, sorted(map(str, options)), engine.looked_up


@pytest.mark.parametrize("kind", WAREHOUSES)
def test_every_key_is_in_the_table(kind: str) -> None:
    fields = WAREHOUSES[kind].model_fields
    keys = {info.alias or name for name, info in fields.items()} - {"warehouse"}
    assert OTHER[kind].keys() == keys, "give each new key another value in OTHER"


@pytest.mark.parametrize(("kind", "key"), KEYS, ids=lambda value: str(value))
def test_another_value_does_something_else(kind: str, key: str) -> None:
    if key in IN_THE_LOOK:
        assert to_snake(key) in (ROOT / IN_THE_LOOK[key]).read_text()
        return
    shape, besides = WHERE.get(key, kind), tuple(WITH.get(key, {}).items())
    left: list[tuple[str, str | None]] = [(INSTEAD[key], None)] if key in INSTEAD else []
    other = effect(shape, *besides, *left, (key, OTHER[kind][key]))
    assert effect(shape, *besides) != other
