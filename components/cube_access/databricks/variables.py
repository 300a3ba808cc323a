"""Cube's environment variables for Databricks."""

from __future__ import annotations

import pulumi

from cube_access.databricks.service_account import ServiceAccount
from cube_access.settings import DatabricksSettings

DRIVER = "databricks-jdbc"
"""Cube's name of it."""


def variables(
    settings: DatabricksSettings,
    *,
    host: pulumi.Output[str],
    warehouse_id: pulumi.Output[str],
    service_account: ServiceAccount,
) -> tuple[dict[str, pulumi.Input[str]], dict[str, pulumi.Output[str]]]:
    """Those that are not secret, and those that are."""
    url = pulumi.Output.format(
        "jdbc:databricks://{0}:443/default;transportMode=http;ssl=1;httpPath=/sql/1.0/warehouses/{1};AuthMech=3;UID=token",
        host,
        warehouse_id,
    )
    env: dict[str, pulumi.Input[str]] = {
        "CUBEJS_DB_TYPE": DRIVER,
        "CUBEJS_DB_DATABRICKS_URL": url,
        "CUBEJS_DB_DATABRICKS_ACCEPT_POLICY": "true",
        "CUBEJS_DB_DATABRICKS_CATALOG": settings.catalog,
    }
    secret = service_account.credential_secret
    if settings.credential == "pat":
        return env, {"CUBEJS_DB_DATABRICKS_TOKEN": secret}
    # Not the names that Cube reads by itself: with those set, it
    # runs every user's query as the principal.
    env["CUBE_SERVICE_DATABRICKS_CLIENT_ID"] = service_account.application_id
    return env, {"CUBE_SERVICE_DATABRICKS_CLIENT_SECRET": secret}
