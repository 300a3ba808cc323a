"""What Cube's guide to per-user OAuth has since, in our words: for the comparison in docs/cube.md,
not for use.

The token is used until two minutes before its end, whatever its status. Otherwise the service
account is. The id is the name with that end.
"""

import os
import time
from datetime import datetime
from typing import Any

from cube import config

# The guide shows Databricks, and says what to change for another source.
SOURCE = "snowflake" if os.environ["CUBEJS_DB_TYPE"] == "snowflake" else "databricks"


def _cloud(ctx: dict[str, Any]) -> dict[str, Any]:
    return (ctx.get("securityContext") or {}).get("cubeCloud") or {}


def _token_and_end(ctx: dict[str, Any]) -> tuple[Any, str]:
    credential = (_cloud(ctx).get("userCredentials") or {}).get(SOURCE) or {}
    text = credential.get("accessTokenExpiresAt")
    end = datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() if text else 0
    if credential.get("accessToken") and end > time.time() + 120:
        return credential["accessToken"], str(int(end))
    return None, "service"


@config("driver_factory")  # type: ignore[untyped-decorator] # Cube's own module has no types
def driver_factory(ctx: dict[str, Any]) -> dict[str, Any]:
    token = _token_and_end(ctx)[0]
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
    return f"CUBE_APP_{_cloud(ctx).get('username') or 'default'}_{_token_and_end(ctx)[1]}"
