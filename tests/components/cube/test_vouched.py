"""cube.py where Cube Cloud signs each person's token itself, under oidcTokens."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.components.cube.conftest import (
    ACTIVE,
    ALICE,
    NO_ACCESS,
    SNOWFLAKE,
    VOUCHED,
    CubePy,
    Recipe,
    load_cube_py,
    name_of,
    scheduled,
    through_api,
)

pytestmark = pytest.mark.parametrize("recipe", VOUCHED, ids=name_of)


def ends_in(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def signed(**changes: Any) -> dict[str, Any]:
    """A token as Cube Cloud hands it over; None takes a part out."""
    found = {
        "status": "active",
        "token": "alice-jwt",
        "issuedAt": ends_in(-60),
        "expiresAt": ends_in(3540),
        **changes,
    }
    return {key: value for key, value in found.items() if value is not None}


def person(recipe: Recipe, token: Any, user: str = ALICE, **more: Any) -> dict[str, Any]:
    cloud = {"username": user, "oidcTokens": {recipe.source: token}, **more}
    return recipe.probe(**through_api({"cubeCloud": cloud}))


def denied(cube: CubePy, recipe: Recipe, ctx: dict[str, Any], words: str) -> None:
    """By both functions, each of which Cube may ask first."""
    assert cube.driver(ctx) == recipe.denied()
    with pytest.raises(PermissionError, match=words):
        cube.id(ctx)


@pytest.mark.parametrize("form", [str, float, int])
def test_a_person_is_who_cube_cloud_signed_for(recipe: Recipe, form: Any) -> None:
    end = ends_in(3540) if form is str else form(time.time() + 3540)
    cube = load_cube_py(recipe)
    assert cube.driver(person(recipe, signed(expiresAt=end))) == recipe.as_person("alice-jwt")


def test_each_token_that_is_signed_anew_has_an_id_of_its_own(recipe: Recipe) -> None:
    """Cube keeps the driver that it built for an id, and Cube Cloud signs anew every half hour."""
    cube = load_cube_py(recipe)
    tokens = [signed(), signed(token="later", issuedAt=ends_in(0))]
    found = {cube.id(person(recipe, token, user)) for token in tokens for user in (ALICE, "bob")}
    assert len(found) == 4
    assert not [each for each in found if "alice" in each or "later" in each]


def unusable() -> list[Any]:
    return [
        None,
        "alice-jwt",
        {},
        {"status": "error", "error": "the token could not be signed"},
        signed(status="error"),
        signed(status=None),
        signed(status="expired"),
        signed(status=["active"]),
        signed(token=None),
        signed(token=""),
        signed(token=7),
        signed(token="t\r\nX: y"),
        signed(expiresAt=None),
        signed(expiresAt=ends_in(119)),
        signed(expiresAt=ends_in(-1)),
        signed(expiresAt="soon"),
        signed(expiresAt=[]),
        # An OAuth app's words for it are not Cube Cloud's.
        {"status": "active", "accessToken": "t", "accessTokenExpiresAt": ends_in(3540)},
    ]


# Made when the test runs: a live token with another status would have ended by then.
@pytest.mark.parametrize("number", range(len(unusable())))
def test_whoever_has_no_usable_token_is_denied(recipe: Recipe, number: int) -> None:
    said = "Cube Cloud signed no usable token for you: .* the token config warehouse"
    denied(load_cube_py(recipe), recipe, person(recipe, unusable()[number]), said)


def test_a_token_in_another_place_is_none(recipe: Recipe) -> None:
    cube = load_cube_py(recipe)
    elsewhere: list[dict[str, Any]] = [
        {"username": ALICE, "userCredentials": {recipe.source: ACTIVE}},
        {"username": ALICE, "userCredentials": {recipe.source: signed()}},
        {"username": ALICE, "oidcTokens": {"another": signed()}},
        {"username": ALICE, "oidcTokens": [signed()]},
        {"username": ALICE},
    ]
    for cloud in elsewhere:
        ctx = recipe.probe(**through_api({"cubeCloud": cloud}))
        denied(cube, recipe, ctx, "no usable token")
    own = {"username": ALICE, "oidcTokens": {SNOWFLAKE.source: signed()}}
    with pytest.raises(PermissionError, match="authorize in Cube again"):
        load_cube_py(SNOWFLAKE).id(through_api({"cubeCloud": own}))


def test_people_who_are_embedded_by_a_token_of_ones_own_are_nobody(recipe: Recipe) -> None:
    embedded: list[dict[str, Any]] = [
        {"sub": "customer-1", "tenant": "a"},
        {"cubeCloud": {"oidcTokens": {recipe.source: signed()}}},
        {"cubeCloud": {"username": None, "oidcTokens": {recipe.source: signed()}}},
    ]
    for security in embedded:
        ctx = recipe.probe(**through_api(security))
        cube = load_cube_py(recipe, "service-account")
        assert cube.driver(ctx) == recipe.denied(NO_ACCESS)
        with pytest.raises(PermissionError, match="names nobody"):
            cube.id(ctx)


def test_only_cube_itself_is_the_service_account(recipe: Recipe) -> None:
    cube = load_cube_py(recipe)
    own: list[dict[str, Any]] = [{}, {"securityContext": {}}, scheduled({"refreshWorker": True})]
    for ctx in own:
        assert cube.driver(recipe.probe(**ctx)) == recipe.service
    claimed = person(recipe, signed())["securityContext"]
    assert cube.driver(recipe.probe(**scheduled(claimed))) == recipe.denied(NO_ACCESS)
    assert cube.options(person(recipe, signed())) == {
        "preAggregationsOptions": {"externalRefresh": True}
    }


def test_who_falls_back_does_so_by_one_decision_of_the_request(
    recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    cube = load_cube_py(recipe, "service-account")
    assert cube.driver(person(recipe, {"status": "error"})) == recipe.service
    token, now = signed(expiresAt=ends_in(600)), time.time()
    ctx = {**person(recipe, token), **cube.extend({"url": "/cubejs-api/v1/load"})}
    before = cube.id(ctx)
    monkeypatch.setattr(time, "time", lambda: now + 6_000)
    assert cube.id(ctx) == before
    assert cube.driver(ctx) == recipe.as_person("alice-jwt")
    # Without the request's time, whoever's token has ended does not fall back.
    del ctx["cubeAccess"]
    assert cube.driver(ctx) == recipe.denied()
