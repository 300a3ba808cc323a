"""Who builds pre-aggregations: only what Cube asks by itself."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.components.cube.conftest import (
    ACTIVE,
    RECIPES,
    TENANT,
    Recipe,
    load_cube_py,
    name_of,
    scheduled,
    through_api,
)

pytestmark = pytest.mark.parametrize("recipe", RECIPES, ids=name_of)

READ_ONLY = {"preAggregationsOptions": {"externalRefresh": True}}


def test_what_cube_asks_by_itself_builds_as_the_node_is_set_up(recipe: Recipe) -> None:
    cube = load_cube_py(recipe)
    own: list[dict[str, Any]] = [{}, {"securityContext": {}}, {"securityContext": None}]
    own += [scheduled({}), scheduled(TENANT)]
    own += [{**through_api({"sub": "jobs"}, jobs=True), "securityContext": TENANT}]
    assert [cube.options(ctx) for ctx in own] == [{}] * len(own)


@pytest.mark.parametrize("fallback", ["deny", "service-account"])
def test_people_build_nothing_not_even_as_the_service_account(
    recipe: Recipe, fallback: str
) -> None:
    cube = load_cube_py(recipe, fallback)
    alice = recipe.context(**ACTIVE)
    others = [
        alice,
        recipe.context(),
        {**alice, "cubeAccess": {"at": time.time(), "jobs": True}},
        scheduled(alice["securityContext"]),
    ]
    assert [cube.options(ctx) for ctx in others] == [READ_ONLY] * len(others)


@pytest.mark.parametrize(
    "security", [None, {}, {"sub": "x"}, TENANT, [], 0, "x", {"cubeCloud": {"username": ""}}]
)
def test_nor_does_a_request_that_names_nobody(recipe: Recipe, security: Any) -> None:
    cube = load_cube_py(recipe, "service-account")
    for jobs in (False, True):
        assert cube.options(through_api(security, jobs=jobs)) == READ_ONLY


def test_one_id_has_one_answer(recipe: Recipe) -> None:
    """Cube asks for the options once for an id, with the context of whoever came first."""
    cube = load_cube_py(recipe, "service-account")
    contexts = [
        {},
        scheduled(TENANT),
        scheduled({"cubeCloud": {"username": "alice"}}),
        recipe.context(),
        recipe.context(**ACTIVE),
        {**recipe.context(**ACTIVE), "cubeAccess": {"at": time.time(), "jobs": True}},
    ]
    answers: dict[str, Any] = {}
    for ctx in contexts:
        assert answers.setdefault(cube.id(ctx), cube.options(ctx)) == cube.options(ctx)


@pytest.mark.parametrize(
    ("address", "jobs"),
    [
        ("/cubejs-api/v1/pre-aggregations/jobs", True),
        ("/CUBEJS-API/V1/Pre-Aggregations/JOBS/?x=1", True),
        ("https://cube.example.com/api/v1/pre-aggregations/jobs", True),
        ("/cubejs-api/v1/load?query=%7B%7D", False),
        (None, False),
        (7, False),
    ],
)
def test_the_jobs_address_is_known_however_it_is_written(
    recipe: Recipe, address: Any, jobs: bool
) -> None:
    cube = load_cube_py(recipe)
    for request in ({"url": address, "method": "POST", "headers": {}},):
        assert cube.extend(request)["cubeAccess"]["jobs"] is jobs
    assert cube.extend(None)["cubeAccess"]["jobs"] is False
