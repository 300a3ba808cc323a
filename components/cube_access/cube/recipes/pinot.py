"""Apache Pinot: the token is each request's bearer token, and says by itself whose it is."""

from __future__ import annotations

from typing import Any

from cube_access.cube.recipes.settings import BY_BEARER
from cube_access.cube.recipes.shared import NO_ACCESS, env

HOST = f"https://{env('CUBEJS_DB_HOST')}"


def login(token: str, **basic_auth: str) -> dict[str, Any]:
    """Port and database Cube takes from its variables. TLS not: without it a token is anybody's."""
    # An empty token is given, too: without one, Cube would take that of its own variable.
    return {"host": HOST, "authToken": token, "basicAuth": basic_auth or None}


# Not names that Cube reads by itself: nothing can fall back to them.
if BY_BEARER:
    SERVICE = login(env("CUBE_SERVICE_TOKEN") or NO_ACCESS)
else:
    PASSWORD = env("CUBE_SERVICE_PASSWORD") or NO_ACCESS
    SERVICE = login("", user=env("CUBEJS_DB_USER"), password=PASSWORD)


def as_person(_user: str, token: str) -> dict[str, Any]:
    return login(token)
