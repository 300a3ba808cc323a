"""What Cube's guide to per-user OAuth had at first, in our words: for the comparison in
docs/cube.md, not for use.

The token is used while its status is active. Otherwise the service account is. The id is the name.
"""

import os
from typing import Any

from cube import config

# The guide shows Databricks, and says what to change for another source.
SOURCE = "snowflake" if os.environ["CUBEJS_DB_TYPE"] == "snowflake" else "databricks"


def _cloud(ctx: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = ctx.get("securityContext", {}).get("cubeCloud", {})
    return found


def _token(ctx: dict[str, Any]) -> Any:
    credential = _cloud(ctx).get("userCredentials", {}).get(SOURCE, {})
    if credential.get("status") == "active" and credential.get("accessToken"):
        return credential["accessToken"]
    return None


@config("driver_factory")  # type: ignore[untyped-decorator] # Cube's own module has no types
def driver_factory(ctx: dict[str, Any]) -> dict[str, Any]:
    token = _token(ctx)
    if SOURCE == "snowflake":
        login = {"authenticator": "OAUTH", "oauthToken": token}
        return {"type": SOURCE, **(login if token else {})}
    return {
        "type": "databricks-jdbc",
        "url": os.environ["CUBEJS_DB_DATABRICKS_URL"],
        "token": token or os.environ["CUBEJS_DB_DATABRICKS_TOKEN"],
        "acceptPolicy": True,
        "catalog": os.environ.get("CUBEJS_DB_DATABRICKS_CATALOG"),
    }


@config("context_to_orchestrator_id")  # type: ignore[untyped-decorator]
def context_to_orchestrator_id(ctx: dict[str, Any]) -> str:
    return f"CUBE_APP_{_cloud(ctx).get('username', 'default')}"
