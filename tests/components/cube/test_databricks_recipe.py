"""The emitted cube.py, loaded as Cube loads it: a module named cube that hands out a decorator."""

from __future__ import annotations

import itertools
import runpy
import sys
import time
import types
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from components.cube.cube_py import RECIPES, render

Driver = Callable[[Any], dict[str, Any]]
SERVICE = {
    "CUBE_SERVICE_DATABRICKS_CLIENT_ID": "sp-id",
    "CUBE_SERVICE_DATABRICKS_CLIENT_SECRET": "sp-secret",
}
URL = "jdbc:databricks://h:443/default;httpPath=/sql/1.0/warehouses/1"


class CubePy:
    """One loaded cube.py."""

    def __init__(self, functions: dict[str, Callable[[Any], Any]]) -> None:
        self.driver: Driver = functions["driver_factory"]
        self.id: Callable[[Any], str] = functions["context_to_orchestrator_id"]


@pytest.fixture
def load_cube_py(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., CubePy]:
    def load(**environment: str) -> CubePy:
        found: dict[str, Callable[[Any], Any]] = {}

        def config(name: str) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
            return lambda function: found.setdefault(name, function)

        module = types.ModuleType("cube")
        module.config = config  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "cube", module)
        for name, value in {"CUBEJS_DB_DATABRICKS_URL": URL, **environment}.items():
            monkeypatch.setenv(name, value)
        path = tmp_path / "cube.py"
        path.write_text(render("databricks"))
        runpy.run_path(str(path))
        return CubePy(found)

    return load


def context(user: Any = "alice@example.com", **credential: Any) -> dict[str, Any]:
    cloud: dict[str, Any] = {"username": user, "userCredentials": {"databricks": credential}}
    return {"securityContext": {"cubeCloud": cloud}}


def in_seconds(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


ACTIVE = {"accessToken": "alice-token", "status": "active"}


def test_a_person_with_a_token_is_themselves(load_cube_py: Callable[..., CubePy]) -> None:
    cube = load_cube_py(**SERVICE, CUBEJS_DB_DATABRICKS_CATALOG="main")
    assert cube.driver(context(**ACTIVE)) == {
        "type": "databricks-jdbc",
        "url": URL,
        "acceptPolicy": True,
        "catalog": "main",
        "token": "alice-token",
    }


@pytest.mark.parametrize("ctx", [{}, {"securityContext": {}}, {"securityContext": None}, None])
def test_probes_and_the_scheduler_use_the_service_account(
    load_cube_py: Callable[..., CubePy], ctx: Any
) -> None:
    m2m = load_cube_py(**SERVICE).driver(ctx)
    assert (m2m["oauthClientId"], m2m["oauthClientSecret"]) == ("sp-id", "sp-secret")
    assert "token" not in m2m


def test_a_service_account_with_a_token_uses_the_token(load_cube_py: Callable[..., CubePy]) -> None:
    assert load_cube_py(CUBEJS_DB_DATABRICKS_TOKEN="pat").driver({})["token"] == "pat"


UNUSABLE: list[dict[str, Any]] = [
    {},
    {"accessToken": "", "status": "active"},
    {"accessToken": "  ", "status": "active"},
    {"accessToken": 7, "status": "active"},
    {"accessToken": "t", "status": "revoked"},
    {"accessToken": "t"},
    {"accessToken": "t", "status": "active", "accessTokenExpiresAt": "no date"},
    {"accessToken": "t", "status": "active", "accessTokenExpiresAt": True},
    {"accessToken": "t", "status": "active", "accessTokenExpiresAt": 10**400},
]


@pytest.mark.parametrize("credential", UNUSABLE)
def test_without_a_usable_token_a_person_is_denied(
    load_cube_py: Callable[..., CubePy], credential: dict[str, Any]
) -> None:
    got = load_cube_py(**SERVICE).driver(context(**credential))
    assert got["token"], "an empty token would fall back to the environment's"
    assert got["token"] == "no-access-authorize-in-cube"
    assert "oauthClientId" not in got


@pytest.mark.parametrize("credential", UNUSABLE)
def test_with_the_fallback_chosen_they_get_the_service_account(
    load_cube_py: Callable[..., CubePy], credential: dict[str, Any]
) -> None:
    cube = load_cube_py(**SERVICE, CUBE_ACCESS_FALLBACK="service-account")
    assert cube.driver(context(**credential))["oauthClientSecret"] == "sp-secret"


@pytest.mark.parametrize("value", ["", "Service-Account", "yes", "deny"])
def test_only_the_exact_word_switches_the_fallback_on(
    load_cube_py: Callable[..., CubePy], value: str
) -> None:
    assert "oauthClientId" not in load_cube_py(**SERVICE, CUBE_ACCESS_FALLBACK=value).driver(
        context()
    )


@pytest.mark.parametrize("user", [None, "", 7, [], {}])
def test_an_authenticated_request_that_names_nobody_is_always_denied(
    load_cube_py: Callable[..., CubePy], user: Any
) -> None:
    cube = load_cube_py(**SERVICE, CUBE_ACCESS_FALLBACK="service-account")
    for ctx in (context(user, **ACTIVE), {"securityContext": {"sub": "x"}}):
        assert cube.driver(ctx)["token"] == "no-access-authorize-in-cube"
        assert cube.id(ctx) == "CUBE_APP_denied"


@pytest.mark.parametrize(
    ("expires", "usable"),
    [
        pytest.param(in_seconds(600), True, id="iso"),
        pytest.param(in_seconds(600).replace("+00:00", "Z"), True, id="iso-z"),
        pytest.param(in_seconds(60), False, id="iso-within-skew"),
        pytest.param(in_seconds(-1), False, id="iso-past"),
        pytest.param(time.time() + 600, True, id="seconds"),
        pytest.param(time.time() + 60, False, id="seconds-within-skew"),
        pytest.param((time.time() + 600) * 1000, True, id="milliseconds"),
        pytest.param((time.time() + 60) * 1000, False, id="milliseconds-within-skew"),
        pytest.param(str(int(time.time() + 600)), True, id="seconds-as-text"),
    ],
)
def test_expiry_decides_before_status(
    load_cube_py: Callable[..., CubePy], expires: Any, usable: bool
) -> None:
    got = load_cube_py(**SERVICE).driver(
        context(accessToken="t", status="error", accessTokenExpiresAt=expires)
    )
    assert (got["token"] == "t") is usable


def test_the_m2m_variables_that_cube_prefers_close_the_door(
    load_cube_py: Callable[..., CubePy],
) -> None:
    cube = load_cube_py(**SERVICE, CUBEJS_DB_DATABRICKS_OAUTH_CLIENT_ID="x")
    got = cube.driver(context(**ACTIVE))
    assert got["oauthClientId"] == got["oauthClientSecret"] == "no-access-authorize-in-cube"


def test_equal_ids_mean_equal_connections(load_cube_py: Callable[..., CubePy]) -> None:
    cube = load_cube_py(**SERVICE, CUBE_ACCESS_FALLBACK="service-account")
    users = ["alice", "Alice", "bob", "a/../b", "a\nb", "é" * 300, "default", "denied", "\ud800"]
    credentials: list[dict[str, Any]] = [
        ACTIVE,
        {**ACTIVE, "accessToken": "other"},
        {},
        {"accessToken": "t", "status": "x"},
    ]
    contexts = [
        context(user, **credential) for user, credential in itertools.product(users, credentials)
    ]
    contexts += [{}, {"securityContext": {"sub": "x"}}, context(None)]
    by_id: dict[str, tuple[Any, dict[str, Any]]] = {}
    for ctx in contexts:
        identifier = cube.id(ctx)
        assert identifier.isascii()
        assert identifier.isprintable()
        assert len(identifier) < 80
        assert "token" not in identifier
        user = ctx.get("securityContext", {}).get("cubeCloud", {}).get("username")
        assert by_id.setdefault(identifier, (user, cube.driver(ctx))) == (user, cube.driver(ctx))


@pytest.mark.parametrize(
    "junk", [None, 1, "x", [], [1], {"cubeCloud": 1}, {"cubeCloud": {"userCredentials": []}}]
)
def test_malformed_contexts_neither_raise_nor_widen_access(
    load_cube_py: Callable[..., CubePy], junk: Any
) -> None:
    cube = load_cube_py(**SERVICE)
    for ctx in (junk, {"securityContext": junk}, context(**{"accessToken": junk}), context(junk)):
        got = cube.driver(ctx)
        assert got["type"] == "databricks-jdbc"
        assert isinstance(cube.id(ctx), str)


def test_the_file_holds_no_secret_and_no_environments_value() -> None:
    text = (RECIPES / "databricks.py").read_text()
    assert "cloud.databricks.com" not in text
    assert render("databricks").endswith(text)
