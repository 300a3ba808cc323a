"""The emitted cube.py, loaded as Cube loads it: a module named cube that hands out a decorator."""

from __future__ import annotations

import os
import runpy
import sys
import types
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from components.cube.cube_py import render

NO_ACCESS = "no-access-authorize-in-cube"
ACTIVE = {"accessToken": "alice-token", "status": "active"}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What a warehouse's cube.py is given, and the driver options it must return."""

    warehouse: str
    environment: Mapping[str, str]
    service: Mapping[str, Any]
    """The service account's options."""
    person: Mapping[str, Any]
    """A person's, but for the token."""
    token: str
    """The option that holds it."""

    def as_person(self, token: str) -> dict[str, Any]:
        return {**self.person, self.token: token}

    def denied(self) -> dict[str, Any]:
        return self.as_person(NO_ACCESS)

    def context(self, user: Any = "alice@example.com", **credential: Any) -> dict[str, Any]:
        cloud = {"username": user, "userCredentials": {self.warehouse: credential}}
        return {"securityContext": {"cubeCloud": cloud}}


_DATABRICKS: dict[str, Any] = {
    "type": "databricks-jdbc",
    "url": "jdbc:databricks://h:443/default;httpPath=/sql/1.0/warehouses/1",
    "acceptPolicy": True,
    "catalog": "main",
}
DATABRICKS = Recipe(
    warehouse="databricks",
    environment={
        "CUBEJS_DB_DATABRICKS_URL": _DATABRICKS["url"],
        "CUBEJS_DB_DATABRICKS_CATALOG": "main",
        "CUBE_SERVICE_DATABRICKS_CLIENT_ID": "sp-id",
        "CUBE_SERVICE_DATABRICKS_CLIENT_SECRET": "sp-secret",
    },
    service={**_DATABRICKS, "oauthClientId": "sp-id", "oauthClientSecret": "sp-secret"},
    person=_DATABRICKS,
    token="token",
)

_SNOWFLAKE: dict[str, Any] = {
    "type": "snowflake",
    "account": "acme-prod",
    "warehouse": "CUBE_WH",
    "database": "SALES",
    "clientSessionKeepAlive": False,
}
SNOWFLAKE = Recipe(
    warehouse="snowflake",
    environment={
        "CUBEJS_DB_TYPE": "snowflake",
        "CUBEJS_DB_SNOWFLAKE_ACCOUNT": "acme-prod",
        "CUBEJS_DB_SNOWFLAKE_WAREHOUSE": "CUBE_WH",
        "CUBEJS_DB_SNOWFLAKE_AUTHENTICATOR": "SNOWFLAKE_JWT",
        "CUBEJS_DB_SNOWFLAKE_PRIVATE_KEY": "-----BEGIN KEY-----\nabc\n-----END KEY-----\n",
        "CUBEJS_DB_NAME": "SALES",
        "CUBEJS_DB_USER": "CUBE_PROD",
        "CUBE_SERVICE_SNOWFLAKE_ROLE": "CUBE_PROD_ROLE",
    },
    service={
        **_SNOWFLAKE,
        "authenticator": "SNOWFLAKE_JWT",
        "username": "CUBE_PROD",
        "privateKey": "-----BEGIN KEY-----\nabc\n-----END KEY-----\n",
        "role": "CUBE_PROD_ROLE",
    },
    person={**_SNOWFLAKE, "authenticator": "OAUTH"},
    token="oauthToken",
)


class CubePy:
    """One loaded cube.py."""

    def __init__(self, functions: dict[str, Callable[[Any], Any]]) -> None:
        self.driver: Callable[[Any], dict[str, Any]] = functions["driver_factory"]
        self.id: Callable[[Any], str] = functions["context_to_orchestrator_id"]


Load = Callable[..., CubePy]
"""Loads a recipe in its environment; a keyword changes a variable, None takes it out."""


@pytest.fixture
def load_cube_py(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Load:
    def load(recipe: Recipe, **changed: str | None) -> CubePy:
        found: dict[str, Callable[[Any], Any]] = {}

        def config(name: str) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
            return lambda function: found.setdefault(name, function)

        module = types.ModuleType("cube")
        module.config = config  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "cube", module)
        for name in list(os.environ):
            if name.startswith("CUBE"):
                monkeypatch.delenv(name)
        for name, value in {**recipe.environment, **changed}.items():
            if value is not None:
                monkeypatch.setenv(name, value)
        path = tmp_path / "cube.py"
        path.write_text(render(recipe.warehouse))
        runpy.run_path(str(path))
        return CubePy(found)

    return load
