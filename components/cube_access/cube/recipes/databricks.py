"""Databricks: a person's token stands where a personal access token would."""

from __future__ import annotations

from typing import Any

from cube_access.cube.recipes.shared import NO_ACCESS, cube_reads, env, given

PLACE: dict[str, Any] = {
    "url": env("CUBEJS_DB_DATABRICKS_URL"),
    "acceptPolicy": True,
    **given(catalog=env("CUBEJS_DB_DATABRICKS_CATALOG")),
}

# Not the names that Cube reads by itself: it would prefer them to a person's token.
SERVICE = given(
    oauthClientId=env("CUBE_SERVICE_DATABRICKS_CLIENT_ID"),
    oauthClientSecret=env("CUBE_SERVICE_DATABRICKS_CLIENT_SECRET"),
)
if len(SERVICE) != 2:  # no OAuth secret, so a personal access token
    SERVICE = {"token": env("CUBEJS_DB_DATABRICKS_TOKEN") or NO_ACCESS}

# Those names must not be set; if they are, nobody gets through.
CLOSED = cube_reads("CUBEJS_DB_DATABRICKS_OAUTH_CLIENT_ID") or cube_reads(
    "CUBEJS_DB_DATABRICKS_OAUTH_CLIENT_SECRET"
)


def as_service() -> dict[str, Any]:
    return {**PLACE, **SERVICE}


def as_person(_user: str, token: str) -> dict[str, Any]:
    if CLOSED:
        instead = dict.fromkeys(("token", "oauthClientId", "oauthClientSecret"), NO_ACCESS)
        return {**PLACE, **instead}
    return {**PLACE, "token": token}
