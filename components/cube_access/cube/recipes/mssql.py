"""SQL Server and Azure SQL: the token is one of Entra ID's, and says by itself whose it is."""

from __future__ import annotations

from typing import Any

from cube_access.cube.recipes.shared import NO_ACCESS, env


def login(kind: str, **options: str) -> dict[str, Any]:
    """Host, port and database Cube takes from its variables. TLS not: without it a token is
    anybody's.
    """
    return {
        "options": {"encrypt": True, "trustServerCertificate": False, "useUTC": True},
        "authentication": {"type": kind, "options": options},
    }


# Not CUBEJS_DB_PASS, which Cube reads by itself: nothing can fall back to it.
PASSWORD = env("CUBE_SERVICE_PASSWORD") or NO_ACCESS
SERVICE = login("default", userName=env("CUBEJS_DB_USER"), password=PASSWORD)


def as_person(_user: str, token: str) -> dict[str, Any]:
    return login("azure-active-directory-access-token", token=token)
