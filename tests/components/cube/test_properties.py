"""What holds for any context at all, of any driver's cube.py."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.components.cube.conftest import NO_ACCESS, RECIPES, CubePy, Recipe, load_cube_py, name_of

# Of letters that neither hexadecimal digits nor the words of an id have.
TOKENS = st.text("gjkmqwxyzGJKQWXYZ.~+/=", min_size=4, max_size=200)
USERS = st.sampled_from(
    ["alice", "Alice", "bob", "a/../b", "a\nb", "a\0b", "é" * 300, "default", "denied", "\ud800"]
)
TEXTS = st.text(st.characters(), max_size=20)  # lone surrogates, too
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
TIMES = st.sampled_from([None, "2000-01-01T00:00:00Z", "2999-01-01T00:00:00Z", 1, 4e9, 4e12, "4e9"])
# Few of them, so that two contexts often have the same.
CREDENTIALS = st.fixed_dictionaries(
    {},
    optional={
        "accessToken": st.sampled_from(["gjkm", "qwxyz"]) | TOKENS | JSON,
        "status": st.sampled_from(["active", "revoked"]) | JSON,
        "accessTokenExpiresAt": TIMES | JSON,
    },
)
CLOUDS = st.fixed_dictionaries(
    {},
    optional={
        "username": USERS | TEXTS | JSON,
        "userCredentials": st.fixed_dictionaries({}, optional={"warehouse": CREDENTIALS | JSON})
        | JSON,
    },
)
CONTEXTS = (
    st.fixed_dictionaries(
        {},
        optional={
            "securityContext": st.fixed_dictionaries({}, optional={"cubeCloud": CLOUDS | JSON})
            | JSON,
            "dataSource": st.sampled_from([None, "default", "lakehouse", "events", "nope"]) | JSON,
            "requestId": st.sampled_from(["scheduler-1", "a-span-1"]) | JSON,
            "authInfo": st.sampled_from([None, {}, {"sub": "jobs"}]) | JSON,
            "signedWithPlaygroundAuthSecret": st.booleans(),
            "cubeAccess": st.fixed_dictionaries(
                {}, optional={"at": st.just(2e9) | JSON, "jobs": st.booleans() | JSON}
            )
            | JSON,
        },
    )
    | JSON
)
# Whole ones, of few people with few tokens: two of a list often differ in one thing only.
PEOPLE = st.builds(
    lambda user, token, status: {
        "securityContext": {
            "cubeCloud": {
                "username": user,
                "userCredentials": {"warehouse": {"accessToken": token, "status": status}},
            }
        }
    },
    st.sampled_from(["alice", "Alice", "bob"]),
    st.sampled_from(["gjkm", "qwxyz", ""]),
    st.sampled_from(["active", "active", "revoked"]),
)
NAMES = [None, "default", "lakehouse", "events", "nope"]

each_recipe = pytest.mark.parametrize("recipe", RECIPES, ids=name_of)
examples = settings(max_examples=40, deadline=None)


@cache
def loaded(name: str, fallback: str) -> CubePy:
    return load_cube_py(next(each for each in RECIPES if name_of(each) == name), fallback)


def part(ctx: Any, *keys: str) -> Any:
    for key in keys:
        ctx = ctx.get(key) if isinstance(ctx, dict) else None
    return ctx


def is_scheduled(ctx: Any) -> bool:
    asked, through_api = part(ctx, "requestId"), "signedWithPlaygroundAuthSecret"
    return isinstance(asked, str) and asked.startswith("scheduler-") and through_api not in ctx


def user_of(ctx: Any) -> Any:
    """The user name, where there is one to speak of."""
    user = part(ctx, "securityContext", "cubeCloud", "username")
    named = isinstance(user, str) and user.strip() and not is_scheduled(ctx)
    return user if named else None


def may_be_cubes_own(ctx: Any) -> bool:
    """Told here in other words than in the file: only these may run as the service account."""
    whole = ctx if isinstance(ctx, dict) else {"securityContext": ctx}
    security, caller = whole.get("securityContext"), whole.get("authInfo")
    if part(security, "cubeCloud", "username") is not None:
        return False
    if "signedWithPlaygroundAuthSecret" not in whole:
        return security in (None, {}) or (is_scheduled(whole) and isinstance(security, dict))
    ordered = part(whole, "cubeAccess", "jobs") is True and isinstance(security, dict)
    return ordered and isinstance(caller, dict) and bool(caller) and caller != security


def id_of(cube: CubePy, ctx: Any) -> str | None:
    """None for one that is denied."""
    try:
        return cube.id(ctx)
    except PermissionError:
        return None


def drivers(cube: CubePy, ctx: Any) -> list[dict[str, Any]]:
    """All that Cube can get to keep under a context's id: one for each data source."""
    if not isinstance(ctx, dict):
        return [cube.driver(ctx)]
    return [cube.driver({**ctx, "dataSource": name}) for name in NAMES]


@each_recipe
@examples
@given(
    st.lists(PEOPLE | CONTEXTS, min_size=2, max_size=8),
    st.sampled_from(["deny", "service-account"]),
)
def test_equal_ids_mean_equal_people_credentials_and_sources(
    recipe: Recipe, contexts: list[Any], fallback: str
) -> None:
    cube = loaded(name_of(recipe), fallback)
    by_id: dict[str, tuple[Any, Any, list[dict[str, Any]]]] = {}
    for ctx in contexts:
        identifier = id_of(cube, ctx)
        what = (user_of(ctx), cube.options(ctx), drivers(cube, ctx))
        if identifier:
            assert by_id.setdefault(identifier, what) == what


@each_recipe
@examples
@given(CONTEXTS, USERS | TEXTS, TOKENS)
def test_an_id_is_short_and_printable_and_shows_nothing_of_the_token(
    recipe: Recipe, ctx: Any, user: str, token: str
) -> None:
    cube = loaded(name_of(recipe), "deny")
    active = recipe.context(user, accessToken=token, status="active")
    for each in (ctx, active):
        identifier = id_of(cube, each) or ""
        assert identifier.isascii()
        assert identifier.isprintable()
        assert len(identifier) < 120
    shown = id_of(cube, active) or ""
    assert not [token[i : i + 4] for i in range(len(token) - 3) if token[i : i + 4] in shown]


@each_recipe
@examples
@given(CONTEXTS)
def test_under_deny_no_request_of_a_person_gets_the_service_account(
    recipe: Recipe, ctx: Any
) -> None:
    if may_be_cubes_own(ctx):
        return
    for got in drivers(loaded(name_of(recipe), "deny"), ctx):
        assert got != recipe.service
        assert not [secret for secret in recipe.secrets if secret in str(got)]


@each_recipe
@examples
@given(CONTEXTS | PEOPLE, st.sampled_from(["deny", "service-account"]))
def test_only_cubes_own_builds_and_who_has_no_connection_has_no_id(
    recipe: Recipe, ctx: Any, fallback: str
) -> None:
    cube = loaded(name_of(recipe), fallback)
    builds = cube.options(ctx) == {}
    assert builds <= may_be_cubes_own(ctx)
    refused = recipe.denied(user_of(ctx) or NO_ACCESS)
    at_jobs = part(ctx, "cubeAccess", "jobs") is True
    if cube.driver({**ctx, "dataSource": recipe.data_source} if isinstance(ctx, dict) else ctx) == (
        refused
    ):
        assert id_of(cube, ctx) is None or is_scheduled(ctx) or at_jobs


@each_recipe
@examples
@given(CONTEXTS, USERS | TEXTS, CREDENTIALS, st.sampled_from(["deny", "service-account"]))
def test_the_result_is_always_what_cube_accepts(
    recipe: Recipe, ctx: Any, user: str, credential: Any, fallback: str
) -> None:
    cube = loaded(name_of(recipe), fallback)
    for each in (ctx, recipe.context(user, **credential)):
        for got in drivers(cube, each):
            assert isinstance(got, dict)
            assert got["type"] in {recipe.driver, *recipe.others.values()}
            # It crosses into JavaScript: no lone surrogates, no NaN, no keys but texts.
            assert json.loads(json.dumps(got, allow_nan=False)) == got
            json.dumps(got, ensure_ascii=False).encode()


@each_recipe
@examples
@given(USERS | TEXTS, TOKENS)
def test_a_token_goes_to_its_owner_whole(recipe: Recipe, user: str, token: str) -> None:
    got = loaded(name_of(recipe), "deny").driver(
        recipe.context(user, accessToken=token, status="active")
    )
    fits = user.isprintable() and len(user.strip()) <= 255
    expected = recipe.as_person(token, user if fits else NO_ACCESS)
    assert got == (expected if user.strip() else recipe.denied(NO_ACCESS))
