"""Databricks: a person's token stands where a personal access token would."""

from __future__ import annotations

from typing import Any

from cube_access.cube.recipes.options import given
from cube_access.cube.recipes.settings import BY_BEARER
from cube_access.cube.recipes.shared import NO_ACCESS, env

PLACE: dict[str, Any] = {
    "url": env("CUBEJS_DB_DATABRICKS_URL"),
    "acceptPolicy": True,
    **given(catalog=env("CUBEJS_DB_DATABRICKS_CATALOG")),
}

if BY_BEARER:
    SERVICE = {**PLACE, "token": env("CUBEJS_DB_DATABRICKS_TOKEN") or NO_ACCESS}
else:
    SERVICE = {
        **PLACE,
        # Not the names that Cube reads by itself: it would prefer them to a person's token.
        "oauthClientId": env("CUBE_SERVICE_DATABRICKS_CLIENT_ID") or NO_ACCESS,
        "oauthClientSecret": env("CUBE_SERVICE_DATABRICKS_CLIENT_SECRET") or NO_ACCESS,
    }

# Those must not be set; if one is, nobody gets through.
CUBES_LOGINS = (
    "CUBEJS_DB_DATABRICKS_OAUTH_CLIENT_ID",
    "CUBEJS_DB_DATABRICKS_OAUTH_CLIENT_SECRET",
    "CUBEJS_PRE_AGGREGATIONS_DB_DATABRICKS_OAUTH_CLIENT_ID",
    "CUBEJS_PRE_AGGREGATIONS_DB_DATABRICKS_OAUTH_CLIENT_SECRET",
)
CLOSED = any(map(env, CUBES_LOGINS))


def as_person(_user: str, token: str) -> dict[str, Any]:
    if CLOSED:
        instead = dict.fromkeys(("token", "oauthClientId", "oauthClientSecret"), NO_ACCESS)
        return {**PLACE, **instead}
    return {**PLACE, "token": token}
