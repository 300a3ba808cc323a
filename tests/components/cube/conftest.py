"""The emitted cube.py, loaded as Cube loads it: a module named cube that hands out a decorator."""

from __future__ import annotations

import os
import sys
import time
import types
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import pytest

from cube_access.cube.cube_py import Credential, People, render

NO_ACCESS = "no-access-authorize-in-cube"
ALICE = "alice@example.com"
ACTIVE = {"accessToken": "alice-token", "status": "active"}
TENANT = {"tenant": "a"}


def through_api(security: Any, *, at: float | None = None, jobs: bool = False) -> dict[str, Any]:
    """The context of a request from outside, as Cube's gateway makes it with our extend_context."""
    return {
        "securityContext": security,
        "authInfo": security,
        "signedWithPlaygroundAuthSecret": False,
        "requestId": "a-span-1",
        "cubeAccess": {"at": time.time() if at is None else at, "jobs": jobs},
    }


def scheduled(security: Any) -> dict[str, Any]:
    """The context of a round of the refresh worker."""
    return {"authInfo": security, "securityContext": security, "requestId": "scheduler-1"}


# Of several data sources: people's is not the one that Cube takes for granted.
OTHERS = {"default": "mysql", "events": "postgres"}


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """What a driver's cube.py is given, and the driver options it must return."""

    driver: str
    environment: Mapping[str, str]
    service: Mapping[str, Any]
    """The service account's options."""
    person: Callable[[str, str], dict[str, Any]]
    """The options of a person of that name with that token."""
    secrets: tuple[str, ...]
    """The service account's credentials."""
    credential: Credential = "secret"
    people: People = "oauth-app"
    source: str = "warehouse"
    others: Mapping[str, str] = field(default_factory=dict)

    @property
    def data_source(self) -> str:
        return "lakehouse" if self.others else "default"

    def as_person(self, token: str, user: str = ALICE) -> dict[str, Any]:
        return self.person(user, token)

    def denied(self, user: str = ALICE) -> dict[str, Any]:
        return self.person(user, NO_ACCESS)

    def context(self, user: Any = ALICE, **credential: Any) -> dict[str, Any]:
        cloud = {"username": user, "userCredentials": {self.source: credential}}
        return self.probe(**through_api({"cubeCloud": cloud}))

    def probe(self, **ctx: Any) -> dict[str, Any]:
        return {**ctx, "dataSource": self.data_source} if self.others else ctx


_DATABRICKS: dict[str, Any] = {
    "type": "databricks-jdbc",
    "url": "jdbc:databricks://h:443/default;httpPath=/sql/1.0/warehouses/1",
    "acceptPolicy": True,
    "catalog": "main",
}
DATABRICKS = Recipe(
    driver="databricks-jdbc",
    environment={
        "CUBEJS_DB_DATABRICKS_URL": _DATABRICKS["url"],
        "CUBEJS_DB_DATABRICKS_CATALOG": "main",
        "CUBE_SERVICE_DATABRICKS_CLIENT_ID": "sp-id",
        "CUBE_SERVICE_DATABRICKS_CLIENT_SECRET": "sp-secret",
    },
    service={**_DATABRICKS, "oauthClientId": "sp-id", "oauthClientSecret": "sp-secret"},
    person=lambda _user, token: {**_DATABRICKS, "token": token},
    secrets=("sp-secret",),
)

_SNOWFLAKE: dict[str, Any] = {
    "type": "snowflake",
    "account": "acme-prod",
    "warehouse": "CUBE_WH",
    "database": "SALES",
    "clientSessionKeepAlive": False,
}
PRIVATE_KEY = "-----BEGIN KEY-----\nabc\n-----END KEY-----\n"
SNOWFLAKE = Recipe(
    driver="snowflake",
    environment={
        "CUBEJS_DB_TYPE": "snowflake",
        "CUBEJS_DB_SNOWFLAKE_ACCOUNT": "acme-prod",
        "CUBEJS_DB_SNOWFLAKE_WAREHOUSE": "CUBE_WH",
        "CUBEJS_DB_SNOWFLAKE_AUTHENTICATOR": "SNOWFLAKE_JWT",
        "CUBEJS_DB_SNOWFLAKE_PRIVATE_KEY": PRIVATE_KEY,
        "CUBEJS_DB_NAME": "SALES",
        "CUBEJS_DB_USER": "CUBE_PROD",
        "CUBE_SERVICE_SNOWFLAKE_ROLE": "CUBE_PROD_ROLE",
    },
    service={
        **_SNOWFLAKE,
        "authenticator": "SNOWFLAKE_JWT",
        "username": "CUBE_PROD",
        "privateKey": PRIVATE_KEY,
        "role": "CUBE_PROD_ROLE",
    },
    person=lambda _user, token: {
        **_SNOWFLAKE,
        "authenticator": "OAUTH",
        "oauthToken": token,
        "oauthTokenPath": NO_ACCESS,
    },
    secrets=(PRIVATE_KEY, "CUBE_PROD_ROLE"),
)

DATABASE = {
    "CUBEJS_DB_HOST": "db.example.com",
    "CUBEJS_DB_USER": "cube_service",
    "CUBE_SERVICE_PASSWORD": "db-secret",
}
TLS = {"rejectUnauthorized": True}


def _trino(driver: str) -> Recipe:
    common = {"type": driver, "ssl": TLS, "useSelectTestConnection": True}
    return Recipe(
        driver=driver,
        environment=DATABASE,
        service={
            **common,
            "user": "cube_service",
            "basic_auth": {"user": "cube_service", "password": "db-secret"},
        },
        person=lambda user, token: {**common, "user": user, "custom_auth": f"Bearer {token}"},
        secrets=("db-secret",),
    )


def _postgres(driver: str) -> Recipe:
    common = {"type": driver, "ssl": TLS}
    return Recipe(
        driver=driver,
        environment=DATABASE,
        service={**common, "user": "cube_service", "password": "db-secret"},
        person=lambda user, token: {**common, "user": user, "password": token},
        secrets=("db-secret",),
    )


def _mssql() -> Recipe:
    def options(kind: str, **login: str) -> dict[str, Any]:
        return {
            "type": "mssql",
            "options": {"encrypt": True, "trustServerCertificate": False, "useUTC": True},
            "authentication": {"type": kind, "options": login},
        }

    return Recipe(
        driver="mssql",
        environment=DATABASE,
        service=options("default", userName="cube_service", password="db-secret"),
        person=lambda _user, token: options("azure-active-directory-access-token", token=token),
        secrets=("db-secret",),
    )


def _mysql() -> Recipe:
    common = {"type": "mysql", "ssl": {**TLS, "verifyIdentity": True}}
    return Recipe(
        driver="mysql",
        environment=DATABASE,
        service={**common, "user": "cube_service", "password": "db-secret"},
        person=lambda user, token: {
            **common,
            "user": user,
            "password": token,
            "enableCleartextPlugin": True,
        },
        secrets=("db-secret",),
    )


def _pinot() -> Recipe:
    common = {"type": "pinot", "host": "https://db.example.com"}
    basic = {"user": "cube_service", "password": "db-secret"}
    return Recipe(
        driver="pinot",
        environment=DATABASE,
        service={**common, "authToken": "", "basicAuth": basic},
        person=lambda _user, token: {**common, "authToken": token, "basicAuth": None},
        secrets=("db-secret",),
    )


TRINO, POSTGRES, MSSQL = _trino("trino"), _postgres("postgres"), _mssql()
MYSQL, PINOT = _mysql(), _pinot()


def among_others(recipe: Recipe) -> Recipe:
    """The same in a deployment of several data sources, with variables of its own."""
    return replace(
        recipe,
        environment={
            name.replace("CUBEJS_", "CUBEJS_DS_LAKEHOUSE_"): value
            for name, value in recipe.environment.items()
        },
        others=OTHERS,
    )


DATABRICKS_TOKEN = replace(
    DATABRICKS,
    credential="token",
    environment={
        "CUBEJS_DB_DATABRICKS_URL": _DATABRICKS["url"],
        "CUBEJS_DB_DATABRICKS_CATALOG": "main",
        "CUBEJS_DB_DATABRICKS_TOKEN": "dapi-secret",
    },
    service={**_DATABRICKS, "token": "dapi-secret"},
    secrets=("dapi-secret",),
)
SNOWFLAKE_FILE = replace(
    SNOWFLAKE,
    credential="token-file",
    environment={
        **{
            name: value
            for name, value in SNOWFLAKE.environment.items()
            if name not in ("CUBEJS_DB_SNOWFLAKE_PRIVATE_KEY", "CUBEJS_DB_USER")
        },
        "CUBEJS_DB_SNOWFLAKE_AUTHENTICATOR": "OAUTH",
        "CUBEJS_DB_SNOWFLAKE_OAUTH_TOKEN_PATH": "/var/run/token",
    },
    service={
        **_SNOWFLAKE,
        "authenticator": "OAUTH",
        "oauthTokenPath": "/var/run/token",
        "role": "CUBE_PROD_ROLE",
    },
    secrets=("/var/run/token", "CUBE_PROD_ROLE"),
)
TRINO_TOKEN = replace(
    TRINO,
    credential="token",
    environment={
        "CUBEJS_DB_HOST": "db.example.com",
        "CUBEJS_DB_USER": "cube_service",
        "CUBE_SERVICE_TOKEN": "service-jwt",
    },
    service=TRINO.person("cube_service", "service-jwt"),
    secrets=("service-jwt",),
)

ALONE = [
    DATABRICKS,
    DATABRICKS_TOKEN,
    SNOWFLAKE,
    SNOWFLAKE_FILE,
    TRINO,
    TRINO_TOKEN,
    _trino("prestodb"),
    POSTGRES,
    _postgres("questdb"),
    MSSQL,
    MYSQL,
    PINOT,
]
RECIPES = [*ALONE, *(among_others(recipe) for recipe in ALONE)]
# People have another token there, of which test_vouched.py says what holds.
VOUCHED = [
    replace(recipe, people="cube-cloud")
    for recipe in (SNOWFLAKE, SNOWFLAKE_FILE, among_others(SNOWFLAKE))
]


def name_of(recipe: Recipe) -> str:
    how = "" if recipe.credential == "secret" else f"-{recipe.credential}"
    how += "" if recipe.people == "oauth-app" else "-vouched"
    return recipe.driver + how + ("-among-others" if recipe.others else "")


class CubePy:
    """One loaded cube.py."""

    def __init__(self, functions: dict[str, Callable[[Any], Any]]) -> None:
        self.driver: Callable[[Any], dict[str, Any]] = functions["driver_factory"]
        self.id: Callable[[Any], str] = functions["context_to_orchestrator_id"]
        self.options: Callable[[Any], dict[str, Any]] = functions["orchestrator_options"]
        self.extend: Callable[[Any], dict[str, Any]] = functions["extend_context"]


@contextmanager
def _as_in_cube(variables: Mapping[str, str | None]) -> Iterator[dict[str, Callable[[Any], Any]]]:
    found: dict[str, Callable[[Any], Any]] = {}
    module = types.ModuleType("cube")
    module.config = lambda name: lambda function: found.setdefault(name, function)  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "cube", module)
        for name in list(os.environ):
            if name.startswith("CUBE"):
                patch.delenv(name)
        for name, value in variables.items():
            if value is not None:
                patch.setenv(name, value)
        yield found


def text_of(recipe: Recipe, fallback: Any = "deny") -> str:
    others = tuple(recipe.others.items())
    return _rendered(
        recipe.driver,
        recipe.source,
        fallback,
        recipe.data_source,
        others,
        recipe.credential,
        recipe.people,
    )


@cache
def _rendered(
    driver: str,
    source: str,
    fallback: Any,
    data_source: str,
    others: tuple[tuple[str, str], ...],
    credential: Credential,
    people: People,
) -> str:
    """Some thousand tests ask for some fifty files."""
    return render(
        driver,
        source=source,
        fallback=fallback,
        data_source=data_source,
        others=dict(others),
        credential=credential,
        people=people,
    )


@cache
def _code(text: str) -> types.CodeType:
    return compile(text, "cube.py", "exec")


def load_cube_py(recipe: Recipe, fallback: Any = "deny", **changed: str | None) -> CubePy:
    """A recipe in its environment; a keyword changes a variable, None takes it out."""
    text = text_of(recipe, fallback)
    with _as_in_cube({**recipe.environment, **changed}) as found:
        exec(_code(text), {"__name__": "cube_py"})  # noqa: S102 - the file under test
    return CubePy(found)
