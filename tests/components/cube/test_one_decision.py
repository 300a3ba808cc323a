"""One decision for each request, whatever the time: Cube asks for the id, and at any later moment
for the driver that it keeps under it.
"""

from __future__ import annotations

import math
import time
from typing import Any

import pytest

from tests.components.cube.conftest import (
    ACTIVE,
    RECIPES,
    CubePy,
    Recipe,
    load_cube_py,
    name_of,
)

pytestmark = pytest.mark.parametrize("recipe", RECIPES, ids=name_of)

NOON = 1_900_000_000.0
SKEW = 120.0
# Around the moment from which a token is not used any more, and around its end.
LEFT = [SKEW + 0.2, SKEW + 1e-6, SKEW, SKEW - 1e-6, 0.2, 0.0, -0.2]
PASSED = [0.0, 0.1, 0.3, SKEW, 1e6]
"""Seconds from the id to the driver: lazily, after an error, after Cube's cache was cleared."""


class Clock:
    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now = NOON
        patch.setattr(time, "time", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def asked(cube: CubePy, ctx: dict[str, Any]) -> dict[str, Any]:
    """The request's context, with the time that our own extend_context gives it."""
    return {**ctx, **cube.extend({"url": "/cubejs-api/v1/load"})}


def at(left: float, form: str) -> Any:
    end = NOON + left
    written = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(end)) + f"{end % 1:.6f}Z"[1:]
    return {"seconds": end, "milliseconds": end * 1000, "iso": written}[form]


@pytest.mark.parametrize("fallback", ["deny", "service-account"])
@pytest.mark.parametrize("form", ["seconds", "milliseconds", "iso"])
def test_id_and_driver_agree_whenever_cube_asks_for_them(
    recipe: Recipe, clock: Clock, fallback: str, form: str
) -> None:
    cube = load_cube_py(recipe, fallback)
    for left in LEFT:
        for passed in PASSED:
            clock.now = NOON
            ctx = asked(cube, recipe.context(**ACTIVE, accessTokenExpiresAt=at(left, form)))
            clock.now += passed
            read = math.floor(left) if form == "iso" else left  # a text's fraction is dropped
            usable = read - SKEW > 5e-7  # as exact as a number of that size is
            try:
                identifier = cube.id(ctx)
            except PermissionError:
                identifier = "denied"
            clock.now += passed
            if usable:
                assert "_user_" in identifier
                assert cube.driver(ctx) == recipe.as_person("alice-token")
            elif fallback == "deny":
                assert identifier == "denied"
                assert cube.driver(ctx) == recipe.denied()
            else:
                assert identifier.endswith("_service_none")
                assert cube.driver(ctx) == recipe.service


@pytest.mark.parametrize("fallback", ["deny", "service-account"])
def test_without_the_requests_time_a_lapse_never_brings_the_service_account(
    recipe: Recipe, clock: Clock, fallback: str
) -> None:
    """No Cube was seen that leaves it out of a person's context."""
    cube = load_cube_py(recipe, fallback)
    ctx = recipe.context(**ACTIVE, accessTokenExpiresAt=NOON + SKEW + 0.2)
    for time_of in ({}, {"at": None}, {"at": "noon"}, None):
        clock.now = NOON
        untimed = {**ctx, "cubeAccess": time_of}
        assert "_user_" in cube.id(untimed)
        clock.now += 1
        assert cube.driver(untimed) == recipe.denied()
        with pytest.raises(PermissionError):
            cube.id(untimed)


def test_the_clock_is_read_once_for_a_request(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    cube, alice = load_cube_py(recipe, "service-account"), recipe.context(**ACTIVE)
    readings: list[float] = []
    real = time.time

    def read() -> float:
        readings.append(real())
        return readings[-1]

    monkeypatch.setattr(time, "time", read)
    ctx = asked(cube, alice)
    for function in (cube.id, cube.driver, cube.options) * 3:
        function(ctx)
    assert len(readings) == 1


def test_nothing_is_remembered_of_a_request(recipe: Recipe) -> None:
    """The decision is the context's: a second Cube, or the same one later, makes the same."""
    ctx = recipe.context(**ACTIVE)
    first, second = load_cube_py(recipe), load_cube_py(recipe)
    assert [first.id(ctx)] * 3 == [second.id(ctx), second.id(ctx), first.id(ctx)]
