"""What every warehouse's cube.py must hold: who a request runs as, and what it may share."""

from __future__ import annotations

import ast
import itertools
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from components.cube.cube_py import RECIPES, render
from tests.components.cube.conftest import ACTIVE, DATABRICKS, NO_ACCESS, SNOWFLAKE, Load, Recipe

WAREHOUSES = [DATABRICKS, SNOWFLAKE]

SHARED = ["_mapping", "_seconds_left", "_usable_token", "_identity", "context_to_orchestrator_id"]
"""The functions that are the same in every recipe, in their order."""

pytestmark = pytest.mark.parametrize("recipe", WAREHOUSES, ids=lambda recipe: recipe.warehouse)


def in_seconds(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def test_a_person_with_a_token_is_themselves(load_cube_py: Load, recipe: Recipe) -> None:
    cube = load_cube_py(recipe)
    assert cube.driver(recipe.context(**ACTIVE)) == recipe.as_person("alice-token")


@pytest.mark.parametrize("ctx", [{}, {"securityContext": {}}, {"securityContext": None}, None])
def test_probes_and_the_scheduler_use_the_service_account(
    load_cube_py: Load, recipe: Recipe, ctx: Any
) -> None:
    assert load_cube_py(recipe).driver(ctx) == recipe.service


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
    load_cube_py: Load, recipe: Recipe, credential: dict[str, Any]
) -> None:
    got = load_cube_py(recipe).driver(recipe.context(**credential))
    assert got[recipe.token], "with an empty token Cube would look for another"
    assert got == recipe.denied()


@pytest.mark.parametrize("credential", UNUSABLE)
def test_with_the_fallback_chosen_they_get_the_service_account(
    load_cube_py: Load, recipe: Recipe, credential: dict[str, Any]
) -> None:
    cube = load_cube_py(recipe, CUBE_ACCESS_FALLBACK="service-account")
    assert cube.driver(recipe.context(**credential)) == recipe.service


@pytest.mark.parametrize("value", ["", "Service-Account", "yes", "deny"])
def test_only_the_exact_word_switches_the_fallback_on(
    load_cube_py: Load, recipe: Recipe, value: str
) -> None:
    cube = load_cube_py(recipe, CUBE_ACCESS_FALLBACK=value)
    assert cube.driver(recipe.context()) == recipe.denied()


@pytest.mark.parametrize("user", [None, "", 7, [], {}])
def test_an_authenticated_request_that_names_nobody_is_always_denied(
    load_cube_py: Load, recipe: Recipe, user: Any
) -> None:
    cube = load_cube_py(recipe, CUBE_ACCESS_FALLBACK="service-account")
    for ctx in (recipe.context(user, **ACTIVE), {"securityContext": {"sub": "x"}}):
        assert cube.driver(ctx) == recipe.denied()
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
    load_cube_py: Load, recipe: Recipe, expires: Any, usable: bool
) -> None:
    got = load_cube_py(recipe).driver(
        recipe.context(accessToken="t", status="error", accessTokenExpiresAt=expires)
    )
    assert got == (recipe.as_person("t") if usable else recipe.denied())


def test_the_source_that_the_token_stands_under_can_be_named(
    load_cube_py: Load, recipe: Recipe
) -> None:
    cube = load_cube_py(recipe, CUBE_ACCESS_SOURCE="other")
    assert cube.driver(recipe.context(**ACTIVE)) == recipe.denied()


def test_equal_ids_mean_equal_connections(load_cube_py: Load, recipe: Recipe) -> None:
    cube = load_cube_py(recipe, CUBE_ACCESS_FALLBACK="service-account")
    users = ["alice", "Alice", "bob", "a/../b", "a\nb", "é" * 300, "default", "denied", "\ud800"]
    credentials: list[dict[str, Any]] = [
        ACTIVE,
        {**ACTIVE, "accessToken": "other"},
        {},
        {"accessToken": "t", "status": "x"},
    ]
    contexts = [
        recipe.context(user, **credential)
        for user, credential in itertools.product(users, credentials)
    ]
    contexts += [{}, {"securityContext": {"sub": "x"}}, recipe.context(None)]
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
    load_cube_py: Load, recipe: Recipe, junk: Any
) -> None:
    cube = load_cube_py(recipe)
    nobody = [junk, {"securityContext": junk}]
    somebody = [recipe.context(**{"accessToken": junk}), recipe.context(junk)]
    for ctx in nobody:
        assert cube.driver(ctx) in (recipe.service, recipe.denied())
    for ctx in somebody:
        assert cube.driver(ctx) == recipe.denied()
    for ctx in nobody + somebody:
        assert isinstance(cube.id(ctx), str)


def test_an_empty_environment_does_not_make_it_raise(load_cube_py: Load, recipe: Recipe) -> None:
    cube = load_cube_py(recipe, **dict.fromkeys(recipe.environment))
    assert cube.driver({})["type"] == recipe.service["type"]
    assert cube.driver(recipe.context())[recipe.token] == NO_ACCESS


def test_the_file_holds_no_secret_and_no_environments_value(recipe: Recipe) -> None:
    text = (RECIPES / f"{recipe.warehouse}.py").read_text()
    assert "cloud.databricks.com" not in text
    assert "snowflakecomputing.com" not in text
    assert render(recipe.warehouse).endswith(text)


def test_who_a_request_runs_as_is_decided_by_the_same_functions(recipe: Recipe) -> None:
    def functions(warehouse: str) -> dict[str, str]:
        tree = ast.parse((RECIPES / f"{warehouse}.py").read_text())
        found = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        return {node.name: ast.unparse(node) for node in found if node.name in SHARED}

    assert list(functions(recipe.warehouse)) == SHARED
    assert functions(recipe.warehouse) == functions(WAREHOUSES[0].warehouse)
