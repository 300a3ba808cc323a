"""Several data sources in one deployment: people's, and those that everybody shares."""

from __future__ import annotations

from typing import Any

import pytest

from tests.components.cube.conftest import (
    ACTIVE,
    ALONE,
    NO_ACCESS,
    OTHERS,
    Recipe,
    among_others,
    load_cube_py,
    name_of,
)

UNKNOWN: list[Any] = ["", "nope", "Default", "LAKEHOUSE", 7, ["default"], {}, False]


@pytest.fixture(params=ALONE, ids=name_of)
def recipe(request: pytest.FixtureRequest) -> Recipe:
    return among_others(request.param)


@pytest.mark.parametrize(("name", "driver"), OTHERS.items())
def test_the_others_are_left_to_cube_and_their_own_variables(
    recipe: Recipe, name: str, driver: str
) -> None:
    cube = load_cube_py(recipe, "service-account")
    for ctx in (recipe.context(**ACTIVE), recipe.context(), {}):
        assert cube.driver({**ctx, "dataSource": name}) == {"type": driver}


def test_no_name_means_the_default_one(recipe: Recipe) -> None:
    assert load_cube_py(recipe).driver({}) == {"type": "mysql"}


@pytest.mark.parametrize("name", UNKNOWN)
def test_one_that_is_not_known_is_denied_to_everybody(recipe: Recipe, name: Any) -> None:
    cube = load_cube_py(recipe, "service-account")
    with_token = {**recipe.context(**ACTIVE), "dataSource": name}
    assert cube.driver(with_token) == recipe.denied(NO_ACCESS)
    assert cube.driver({"dataSource": name}) == recipe.denied(NO_ACCESS)
    for ctx in (with_token, {"dataSource": name}):
        with pytest.raises(PermissionError, match=r"data source that cube\.py does not list"):
            cube.id(ctx)


@pytest.mark.parametrize("alone", ALONE, ids=name_of)
@pytest.mark.parametrize("name", UNKNOWN)
def test_nor_does_the_only_one_stand_in_for_it(alone: Recipe, name: Any) -> None:
    cube = load_cube_py(alone, "service-account")
    assert cube.driver({**alone.context(**ACTIVE), "dataSource": name}) == alone.denied(NO_ACCESS)
    assert cube.driver({"dataSource": name}) == alone.denied(NO_ACCESS)
    assert cube.driver({"dataSource": "default"}) == alone.service


def test_another_ones_variables_are_not_read(recipe: Recipe) -> None:
    """Those without a prefix are the default one's, here somebody else's database."""
    unprefixed = {
        name.replace("CUBEJS_DS_LAKEHOUSE_", "CUBEJS_"): "foreign"
        for name in recipe.environment
        if name.startswith("CUBEJS_")
    }
    cube = load_cube_py(recipe, **unprefixed)
    assert cube.driver(recipe.probe()) == recipe.service
    assert cube.driver(recipe.context(**ACTIVE)) == recipe.as_person("alice-token")


def test_people_are_told_apart_where_cube_names_no_data_source(recipe: Recipe) -> None:
    """Cube asks for the id without one, and then for a driver of each: two people with one id would
    share the first one's.
    """
    cube = load_cube_py(recipe)
    alice, bob = recipe.context("alice", **ACTIVE), recipe.context("bob", **ACTIVE)
    assert alice.pop("dataSource") == bob.pop("dataSource") == "lakehouse"
    assert cube.id(alice) != cube.id(bob)
