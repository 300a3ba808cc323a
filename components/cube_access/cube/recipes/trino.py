"""Trino and Presto: the token is each request's bearer token."""

from __future__ import annotations

from typing import Any

from cube_access.cube.recipes.database_user import database_user
from cube_access.cube.recipes.options import given
from cube_access.cube.recipes.settings import BY_BEARER
from cube_access.cube.recipes.shared import NO_ACCESS, env

USER = env("CUBEJS_DB_USER")
CA = given(ca=env("CUBEJS_DB_SSL_CA"))


def login(user: str, **authorization: Any) -> dict[str, Any]:
    """Host, port and catalog Cube takes from its variables. TLS not: without it, and without a
    look at the certificate, a token is anybody's.
    """
    return {
        "user": user,
        "ssl": {"rejectUnauthorized": True, **CA},
        # A query, because what Cube asks otherwise is answered to anybody.
        "useSelectTestConnection": True,
        **authorization,
    }


# Not CUBEJS_DB_PASS, which Cube reads by itself: nothing can fall back to it.
if BY_BEARER:
    TOKEN = env("CUBE_SERVICE_TOKEN") or NO_ACCESS
    SERVICE = login(USER, custom_auth=f"Bearer {TOKEN}")
else:
    PASSWORD = env("CUBE_SERVICE_PASSWORD") or NO_ACCESS
    SERVICE = login(USER, basic_auth={"user": USER, "password": PASSWORD})


def as_person(user: str, token: str) -> dict[str, Any]:
    return login(database_user(user), custom_auth=f"Bearer {token}")
