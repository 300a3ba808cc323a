"""MySQL: the token is the password, in clear text within TLS, as the database asks for it."""

from __future__ import annotations

from typing import Any

from cube_access.cube.recipes.database_user import database_user
from cube_access.cube.recipes.options import given
from cube_access.cube.recipes.shared import NO_ACCESS, env

CA = given(ca=env("CUBEJS_DB_SSL_CA"))


def login(user: str, password: str) -> dict[str, Any]:
    """Host, port and database Cube takes from its variables. TLS not: without it, and without a
    look at the certificate and whose it is, a token is anybody's.
    """
    ssl = {"rejectUnauthorized": True, "verifyIdentity": True, **CA}
    return {"user": user, "password": password, "ssl": ssl}


# Not CUBEJS_DB_PASS, which Cube reads by itself: nothing can fall back to it.
SERVICE = login(env("CUBEJS_DB_USER"), env("CUBE_SERVICE_PASSWORD") or NO_ACCESS)


def as_person(user: str, token: str) -> dict[str, Any]:
    return {**login(database_user(user), token), "enableCleartextPlugin": True}
