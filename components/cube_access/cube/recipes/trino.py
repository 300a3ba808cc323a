"""Trino and Presto: the token is each request's bearer token."""

from __future__ import annotations

from typing import Any

from cube_access.cube.recipes.database_user import database_user
from cube_access.cube.recipes.shared import NO_ACCESS, env, given

USER = env("CUBEJS_DB_USER")
PASSWORD = env("CUBE_SERVICE_PASSWORD")
TOKEN = env("CUBE_SERVICE_TOKEN")
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


def as_service() -> dict[str, Any]:
    if PASSWORD:
        return login(USER, basic_auth={"user": USER, "password": PASSWORD})
    return login(USER, custom_auth=f"Bearer {TOKEN or NO_ACCESS}")


def as_person(user: str, token: str) -> dict[str, Any]:
    return login(database_user(user), custom_auth=f"Bearer {token}")
