"""What every driver's cube.py must hold: who a request runs as."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.components.cube.conftest import (
    ACTIVE,
    ALICE,
    NO_ACCESS,
    RECIPES,
    TENANT,
    Recipe,
    load_cube_py,
    name_of,
    scheduled,
    through_api,
)

pytestmark = pytest.mark.parametrize("recipe", RECIPES, ids=name_of)


def in_seconds(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def shifted(rest: str, seconds: float = 600) -> str:
    """The same moment, written with this fraction or zone."""
    zone = rest if rest[0] in "+-" else "+00:00"
    there = datetime.now(datetime.strptime(zone.replace(":", "").ljust(5, "0"), "%z").tzinfo)
    return f"{there + timedelta(seconds=seconds):%Y-%m-%dT%H:%M:%S}{rest}"


def test_a_person_with_a_token_is_themselves(recipe: Recipe) -> None:
    cube = load_cube_py(recipe)
    assert cube.driver(recipe.context(**ACTIVE)) == recipe.as_person("alice-token")


def test_each_token_of_a_person_has_an_id_of_its_own_and_so_has_none(recipe: Recipe) -> None:
    """Cube keeps the driver that it built for an id: with one id a refreshed token is not seen."""
    cube = load_cube_py(recipe, "service-account")
    credentials: list[dict[str, Any]] = [ACTIVE, {**ACTIVE, "accessToken": "refreshed"}, {}]
    ids = {cube.id(recipe.context(user, **c)) for user in ("alice", "Alice") for c in credentials}
    assert len(ids) == 6


def test_a_name_in_an_id_is_not_found_out_by_hashing_names(recipe: Recipe) -> None:
    """Ids are in logs. Instances of a deployment have the same secret, so they share the ids."""
    alice = recipe.context(**ACTIVE)
    ids = {
        load_cube_py(recipe, CUBEJS_API_SECRET=secret).id(alice) for secret in ("a", "b", "b", None)
    }
    assert len(ids) == 3
    assert not [each for each in ids if hashlib.sha256(ALICE.encode()).hexdigest()[:8] in each]


def test_probes_and_the_scheduler_use_the_service_account(recipe: Recipe) -> None:
    cube = load_cube_py(recipe)
    probes: list[dict[str, Any]] = [{}, {"securityContext": {}}, {"securityContext": None}]
    for ctx in probes:
        assert cube.driver(recipe.probe(**ctx)) == recipe.service
        assert cube.id(ctx) == "CUBE_APP_default"


def test_scheduled_refresh_contexts_are_cubes_own_whatever_they_say(recipe: Recipe) -> None:
    cube = load_cube_py(recipe)
    for security in (TENANT, {"refreshWorker": True}, {"cubeCloud": {"userAttributes": TENANT}}):
        ctx = recipe.probe(**scheduled(security))
        assert cube.driver(ctx) == recipe.service
        assert cube.id(scheduled(security)) == "CUBE_APP_default"


@pytest.mark.parametrize("fallback", ["deny", "service-account"])
def test_one_that_claims_a_person_is_denied_without_ending_the_refresh_worker(
    recipe: Recipe, fallback: str
) -> None:
    cube = load_cube_py(recipe, fallback)
    claimed = recipe.context(**ACTIVE)["securityContext"]
    for security in (claimed, {"cubeCloud": {"username": 7}}):
        ctx = recipe.probe(**scheduled(security))
        assert cube.driver(ctx) == recipe.denied(NO_ACCESS)
        assert cube.id(scheduled(security)) == "CUBE_APP_denied"  # an error would end its process


def test_none_from_outside_can_pretend_to_be_the_refresh_workers(recipe: Recipe) -> None:
    """By its content, by the id that a client may give its request, or by both."""
    cube = load_cube_py(recipe, "service-account")
    contents: list[dict[str, Any]] = [
        TENANT,
        scheduled(TENANT),
        {
            "cubeAccess": {"at": 1, "jobs": True},
            "authInfo": {"sub": "x"},
            "requestId": "scheduler-1",
        },
        {"signedWithPlaygroundAuthSecret": None},
    ]
    for security in contents:
        for request in ("scheduler-1", "scheduler-", "a-span-1", None):
            for signed in (False, True, None):
                ctx = through_api(security)
                ctx |= {"requestId": request, "signedWithPlaygroundAuthSecret": signed}
                assert cube.driver(recipe.probe(**ctx)) == recipe.denied(NO_ACCESS)
                with pytest.raises(PermissionError, match="names nobody"):
                    cube.id(ctx)
    # Nor does Cube's word for itself suffice where the scheduler does not ask.
    with pytest.raises(PermissionError):
        cube.id({"securityContext": TENANT, "requestId": "a-span-1"})


@pytest.mark.parametrize("nothing", [None, {}])
def test_whoever_comes_through_an_api_without_a_security_context_is_denied(
    recipe: Recipe, nothing: Any
) -> None:
    # The SQL API's own user, and anybody in development mode, at the jobs' address, too.
    cube = load_cube_py(recipe, "service-account")
    for jobs in (False, True):
        ctx = through_api(nothing, jobs=jobs)
        assert cube.driver(recipe.probe(**ctx)) == recipe.denied(NO_ACCESS)
        with pytest.raises(PermissionError, match="names nobody"):
            cube.id(ctx)


@pytest.mark.parametrize("ordered", [{}, TENANT])
def test_a_job_that_is_ordered_for_no_person_runs_as_the_scheduler_would(
    recipe: Recipe, ordered: dict[str, Any]
) -> None:
    cube = load_cube_py(recipe)
    for caller in ({"sub": "orchestrator", "iat": 1}, recipe.context()["securityContext"]):
        ctx = {**through_api(caller, jobs=True), "securityContext": ordered}
        assert cube.driver(recipe.probe(**ctx)) == recipe.service
        assert cube.id(ctx) == "CUBE_APP_default"
        # At another address than the jobs' it is none.
        with pytest.raises(PermissionError):
            cube.id({**ctx, "cubeAccess": {"at": time.time(), "jobs": False}})


def test_a_job_for_a_person_has_no_connection_of_theirs(recipe: Recipe) -> None:
    """Cube builds a job's table whatever orchestrator_options says."""
    for fallback in ("deny", "service-account"):
        cube = load_cube_py(recipe, fallback)
        alice = recipe.context(**ACTIVE)
        at_jobs = {**alice, "cubeAccess": {"at": time.time(), "jobs": True}}
        assert cube.driver(at_jobs) == recipe.denied()
        assert cube.id(at_jobs) not in (cube.id(alice), "CUBE_APP_default")
    lapsed = {**recipe.context(), "cubeAccess": {"at": time.time(), "jobs": True}}
    assert load_cube_py(recipe, "service-account").driver(lapsed) == recipe.denied()


def test_what_compares_badly_is_no_job(recipe: Recipe) -> None:
    """One request's two contexts are the same, even where Python finds them unequal or too deep."""
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    for odd in (float("nan"), deep):
        ctx = through_api({"odd": odd}, jobs=True)
        ctx["authInfo"] = {"odd": odd if odd is deep else float("nan")}
        assert load_cube_py(recipe).driver(recipe.probe(**ctx)) == recipe.denied(NO_ACCESS)


UNUSABLE: list[dict[str, Any]] = [
    {},
    {"accessToken": "", "status": "active"},
    {"accessToken": "  ", "status": "active"},
    {"accessToken": 7, "status": "active"},
    {"accessToken": "t\r\nX-Trino-User: root", "status": "active"},
    {"accessToken": "t\0", "status": "active"},
    {"accessToken": "t\ud800", "status": "active"},
    {"accessToken": "é", "status": "active"},
    {"accessToken": "t", "status": "revoked"},
    {"accessToken": "t", "status": ["active"]},
    {"accessToken": "t"},
]
NO_TIME = [
    "no date",
    "",
    "²",
    "inf",
    "9" * 5_000,
    "2026-13-01",
    "2999-01-01T00:00:00+99:00",
    "2999-W01-1",
    True,
    [],
    {},
    10**400,
    -(10**400),
    float("nan"),
    float("inf"),
    4e15,  # microseconds
]


@pytest.mark.parametrize(
    "credential",
    [*UNUSABLE, *({**ACTIVE, "accessTokenExpiresAt": time} for time in NO_TIME)],
    ids=lambda credential: ascii(credential)[:60],
)
def test_without_a_usable_token_a_person_gets_what_the_fallback_says(
    recipe: Recipe, credential: dict[str, Any]
) -> None:
    ctx = recipe.context(**credential)
    assert load_cube_py(recipe).driver(ctx) == recipe.denied()
    assert load_cube_py(recipe, "service-account").driver(ctx) == recipe.service


def test_what_denies_is_not_empty_or_cube_would_look_for_another(recipe: Recipe) -> None:
    assert NO_ACCESS in str(load_cube_py(recipe).driver(recipe.context()))


@pytest.mark.parametrize("value", ["service-account", "yes"])
def test_no_variable_switches_the_fallback_on(recipe: Recipe, value: str) -> None:
    cube = load_cube_py(recipe, CUBE_ACCESS_FALLBACK=value)
    assert cube.driver(recipe.context()) == recipe.denied()


@pytest.mark.parametrize("user", [None, "", " ", 7, True, [], {}, ["alice"]])
def test_an_authenticated_request_that_names_nobody_is_always_denied(
    recipe: Recipe, user: Any
) -> None:
    cube = load_cube_py(recipe, "service-account")
    for ctx in (recipe.context(user, **ACTIVE), recipe.probe(securityContext={"sub": "x"})):
        assert cube.driver(ctx) == recipe.denied(NO_ACCESS)
        with pytest.raises(PermissionError, match="names nobody: sign in to Cube"):
            cube.id(ctx)


def test_who_is_denied_is_told_to_authorize_and_a_database_type_is_still_known(
    recipe: Recipe,
) -> None:
    cube = load_cube_py(recipe)
    for credential in ({}, {**ACTIVE, "accessTokenExpiresAt": in_seconds(-60)}):
        ctx = recipe.context(**credential)
        with pytest.raises(PermissionError, match="no usable token for warehouse: authorize in Cu"):
            cube.id(ctx)
        assert cube.driver(ctx)["type"] == recipe.driver


# Functions: long before the last test runs, a time that was read at the start has passed.
@pytest.mark.parametrize(
    ("expires", "usable"),
    [
        pytest.param(lambda: in_seconds(600), True, id="iso"),
        pytest.param(lambda: in_seconds(600).replace("+00:00", "Z"), True, id="iso-z"),
        pytest.param(lambda: in_seconds(600)[:23] + "Z", True, id="iso-as-javascript"),
        pytest.param(
            lambda: in_seconds(600).replace("+00:00", ""), True, id="iso-without-zone-is-utc"
        ),
        pytest.param(lambda: in_seconds(600).replace("+00:00", "z"), True, id="iso-lower-case-z"),
        pytest.param(lambda: shifted("+0200"), True, id="iso-zone-without-colon"),
        pytest.param(lambda: shifted("+02"), True, id="iso-zone-of-hours"),
        pytest.param(lambda: shifted("-05:30"), True, id="iso-zone-west"),
        pytest.param(lambda: shifted(".1Z"), True, id="iso-one-digit"),
        pytest.param(lambda: shifted(",123456789Z"), True, id="iso-nine-digits"),
        pytest.param(lambda: shifted("+0200", 60), False, id="iso-zone-without-colon-within-skew"),
        pytest.param(lambda: in_seconds(60), False, id="iso-within-skew"),
        pytest.param(lambda: in_seconds(-1), False, id="iso-past"),
        pytest.param(lambda: time.time() + 600, True, id="seconds"),
        pytest.param(lambda: time.time() + 60, False, id="seconds-within-skew"),
        pytest.param(lambda: (time.time() + 600) * 1000, True, id="milliseconds"),
        pytest.param(lambda: (time.time() + 60) * 1000, False, id="milliseconds-within-skew"),
        pytest.param(lambda: str(int(time.time() + 600)), True, id="seconds-as-text"),
        pytest.param(lambda: 0, False, id="the-epoch"),
    ],
)
def test_expiry_decides_before_status(
    recipe: Recipe, expires: Callable[[], Any], usable: bool
) -> None:
    cube = load_cube_py(recipe)
    # A failed background refresh is not the token's end.
    for status in ("error", "expired", "refresh_failed", "active", None):
        got = cube.driver(
            recipe.context(accessToken="t", status=status, accessTokenExpiresAt=expires())
        )
        assert got == (recipe.as_person("t") if usable else recipe.denied())


REVOKED = ["revoked", "Revoked", "disconnected", "unauthorized", "", "ACTIVE", "of-tomorrow", 0]


@pytest.mark.parametrize("status", [*REVOKED, False, True, ["active"], {}])
def test_a_revocation_counts_before_the_expiry_and_so_does_a_word_that_is_not_known(
    recipe: Recipe, status: Any
) -> None:
    ctx = recipe.context(accessToken="t", status=status, accessTokenExpiresAt=in_seconds(3600))
    cube = load_cube_py(recipe)
    assert cube.driver(ctx) == recipe.denied()
    with pytest.raises(PermissionError):
        cube.id(ctx)
    assert load_cube_py(recipe, "service-account").driver(ctx) == recipe.service


def test_a_token_of_another_source_is_not_taken(recipe: Recipe) -> None:
    ctx = recipe.context(**ACTIVE)
    cloud = ctx["securityContext"]["cubeCloud"]
    cloud["userCredentials"] = {"other": cloud["userCredentials"]["warehouse"]}
    assert load_cube_py(recipe).driver(ctx) == recipe.denied()


@pytest.mark.parametrize(
    "junk",
    [0, 1, "", "x", [], [1], False, 1e400, {"cubeCloud": 1}, {"cubeCloud": {"username": []}}],
)
def test_a_malformed_context_is_denied_even_with_the_fallback(recipe: Recipe, junk: Any) -> None:
    cube = load_cube_py(recipe, "service-account")
    assert cube.driver(recipe.probe(securityContext=junk)) == recipe.denied(NO_ACCESS)
    with pytest.raises(PermissionError):
        cube.id(recipe.probe(securityContext=junk))
    # A context that is no object names no data source: it is for the default one.
    expected = {"type": "mysql"} if recipe.others else recipe.denied(NO_ACCESS)
    if not isinstance(junk, dict):
        assert cube.driver(junk) == expected


def test_malformed_credentials_are_none(recipe: Recipe) -> None:
    cube = load_cube_py(recipe)
    for junk in (None, 0, "x", [1], {"warehouse": None}, {"warehouse": ["t"]}):
        ctx = recipe.context()
        ctx["securityContext"]["cubeCloud"]["userCredentials"] = junk
        assert cube.driver(ctx) == recipe.denied()


def test_an_empty_environment_does_not_make_it_raise(recipe: Recipe) -> None:
    cube = load_cube_py(recipe, **dict.fromkeys(recipe.environment))
    assert cube.driver(recipe.probe())["type"] == recipe.driver
    assert NO_ACCESS in str(cube.driver(recipe.context()))
