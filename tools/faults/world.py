"""What there is in the clouds, counted by themselves, and whether the credential signs in."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import boto3
import requests

from sandbox import Sandbox
from sandbox.databricks.world import WAREHOUSE_ID, WORKSPACE_HOST

Counts = dict[str, int]


def counted(sandbox: Sandbox) -> Counts:
    """Everything of a kind that an `up` makes, whoever made it."""
    found: Counter[str] = Counter()
    databricks = sandbox.databricks
    access = databricks.access
    found["OAuth apps"] = len(access.integrations)
    found["principals"] = len(databricks.directory.principals)
    found["OAuth secrets"] = sum(map(len, access.secrets.values()))
    found["access tokens"] = sum(bool(each.pat_id) for each in access.tokens.values())
    found["members"] = len(databricks.workspace.members)
    found["entitled"] = len(databricks.workspace.entitlements)
    found["SQL warehouses"] = len(databricks.warehouses.all)
    found["warehouse entries"] = len(databricks.warehouses.all[WAREHOUSE_ID].acl)
    for each in [databricks.unity.metastore, *databricks.unity.securables.values()]:
        found["Unity Catalog privileges"] += sum(map(len, each.grants.values()))
    account = sandbox.snowflake.account
    for one in [account, *sandbox.snowflake.catalog.everything()]:
        found[f"Snowflake {one.kind.lower()}"] += 1
        found["Snowflake grants"] += len(one.grants) + len(one.future) + len(one.inherited)
    listed = boto3.client("secretsmanager").list_secrets(IncludePlannedDeletion=False)
    found["AWS secrets"] = len(listed["SecretList"])
    return dict(found)


def differences(wanted: Counts, found: Counts) -> list[str]:
    """In words; more than was wanted is an orphan."""
    return [
        f"{kind}: {found.get(kind, 0)} instead of {wanted.get(kind, 0)}"
        for kind in sorted(wanted.keys() | found.keys())
        if wanted.get(kind, 0) != found.get(kind, 0)
    ]


def signs_in(outputs: Mapping[str, Any]) -> str:
    """Whether what the store holds is alive, and is what Cube gets; else why not.

    Args:
        outputs: the stack's, with secrets.
    """
    store = boto3.client("secretsmanager")
    held = store.get_secret_value(SecretId=outputs["secret_arn"])["SecretString"]
    document, env = json.loads(held), outputs["cube_env"]
    if "privateKey" in document:
        return _on_snowflake(document, env)
    if document["clientSecret"] != env["CUBE_SERVICE_DATABRICKS_CLIENT_SECRET"]:
        return "the store's secret is not the one that Cube gets"
    answer = requests.post(
        f"https://{WORKSPACE_HOST}/oidc/v1/token",
        data={"grant_type": "client_credentials", "scope": "all-apis"},
        auth=(document["clientId"], document["clientSecret"]),
        timeout=30,
    )
    return "" if answer.status_code == requests.codes.ok else answer.text


def _on_snowflake(document: dict[str, Any], env: dict[str, str]) -> str:
    from tools.snowflake_client import service

    if document["privateKey"] != env["CUBEJS_DB_SNOWFLAKE_PRIVATE_KEY"]:
        return "the store's key is not the one that Cube gets"
    try:
        service(document).rows("SELECT count(*) FROM ANALYTICS.SALES.ORDERS")
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""
