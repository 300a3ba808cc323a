"""Pre-aggregations on the real Cube and its Snowflake driver, of a view that shows everybody other
rows: who builds what everybody reads, and who is let to read it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest

from cube_access.cube.cube_py import render
from sandbox import Sandbox
from sandbox.snowflake.world import ALICE, BOB
from tests.cube import rollups
from tests.cube.api import JOBS, Api
from tests.cube.real import RealCube
from tests.cube.rollups import MODEL, POLICY, QUERY, Rollups, of
from tests.helpers import nothing_unknown
from tools.blocks import read_block

pytestmark = pytest.mark.integration

CUBE_PY = render("snowflake", source="snowflake", fallback="deny")
FALLS_BACK = render("snowflake", source="snowflake", fallback="service-account")

# A refresh worker, whose timer is too long for a test: the tests call its rounds.
WORKER = {"CUBEJS_SCHEDULED_REFRESH_TIMER": "3600"}
BUILDER = {"CUBEJS_PRE_AGGREGATIONS_BUILDER": "true"}
ROLES: dict[str, dict[str, str]] = {
    "api": {},
    "api-that-builds": BUILDER,
    "worker": WORKER,
    "both": WORKER | BUILDER,
    "development": {"CUBEJS_DEV_MODE": "true"},
}
PLAYGROUND_SECRET = "-".join(["only-for-the-playground"] * 2)
SCOPES = {
    "CUBEJS_DEFAULT_API_SCOPES": "meta,data,graphql,sql,jobs",
    "CUBEJS_PLAYGROUND_AUTH_SECRET": PLAYGROUND_SECRET,
}
NOT_BUILT = "No pre-aggregation partitions were built yet"
AUTHORIZE = "you have no usable token for snowflake: authorize in Cube"
NOBODY = "the request names nobody: sign in to Cube"
TENANT = {"tenant": "a"}
OF_THE_SERVICE = [("ALICE", "CUBE"), ("BOB", "CUBE"), ("CAROL", "CUBE")]
"""Whose each order is, and who looked at the view for it."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rollups]:
    with Sandbox(tmp_path_factory.mktemp("rollups") / "sandbox") as sandbox:
        yield rollups.make(sandbox)
        nothing_unknown(sandbox)


@pytest.fixture(scope="module")
def node(world: Rollups) -> Iterator[RealCube]:
    with RealCube(world.sandbox.env) as running:
        yield running


class Cube:
    """One that runs in a role, with nothing pre-aggregated before it."""

    def __init__(self, node: RealCube, world: Rollups) -> None:
        self.node, self.world = node, world
        world.forget()

    def start(self, role: str, cube_py: str = CUBE_PY, model: str = MODEL, **more: Any) -> None:
        env = {**self.world.environment, **ROLES[role], **more.pop("env", {})}
        self.node.start(cube_py, env, model, store=self.world.store, **more)

    def alice(self, **more: Any) -> dict[str, Any]:
        return of(ALICE, self.world.token("ALICE", "ANALYST"), **more)

    def bob(self) -> dict[str, Any]:
        """Who has no right on the view's database."""
        return of(BOB, self.world.token("BOB", "ENGINEER"))

    def denied(self) -> list[tuple[dict[str, Any] | None, str]]:
        """Those who are, and what they are told."""
        return [
            (of(BOB), AUTHORIZE),
            (self.alice(seconds=-60), AUTHORIZE),
            (self.alice(status="revoked"), AUTHORIZE),
            ({"sub": "somebody"}, NOBODY),
            ({}, NOBODY),
            (None, NOBODY),  # anybody, in development mode
        ]

    def rows(self, answer: dict[str, Any]) -> list[tuple[str, str]] | str:
        if "error" in answer:
            return str(answer["error"])
        return sorted((row["orders.rep"], row["orders.seenBy"]) for row in answer["rows"])

    def ask(self, security: Any) -> list[tuple[str, str]] | str:
        return self.rows(self.node.ask("load", securityContext=security, query=QUERY))


@pytest.fixture
def cube(node: RealCube, world: Rollups) -> Cube:
    return Cube(node, world)


@pytest.mark.parametrize("role", ROLES)
def test_whoever_asks_builds_nothing_and_the_service_account_builds_what_they_read(
    cube: Cube, role: str
) -> None:
    cube.start(role)
    assert NOT_BUILT in cube.ask(cube.alice())
    assert NOT_BUILT in cube.ask(cube.bob())
    for security, reason in cube.denied():
        assert reason in cube.ask(security)
    assert cube.world.builders() == []

    if role.startswith("api"):  # what these serve, the worker of their deployment has built
        cube.start("worker")
        cube.node.ask("refresh")
        cube.start(role)
    cube.node.ask("refresh")
    assert cube.world.builders() == ["CUBE"]
    # What the header says: bob, too, who may not look at the view.
    assert [cube.ask(cube.alice()), cube.ask(cube.bob())] == [OF_THE_SERVICE] * 2
    for security, reason in cube.denied():
        assert reason in cube.ask(security)
    assert cube.world.builders() == ["CUBE"]


class TestTheseTestsSee:
    """What the file is for: each leak, in a file that leaves out what stops it."""

    def test_rows_of_whoever_asks_first(self, cube: Cube) -> None:
        hook = '@config("orchestrator_options")'
        assert hook in CUBE_PY
        cube.start("both", CUBE_PY.replace(hook, '@config("none")'))
        assert cube.ask(cube.alice()) == [("ALICE", "ALICE")]
        assert cube.ask(cube.bob()) == [("ALICE", "ALICE")]
        assert cube.world.builders() == ["ALICE"]

    def test_a_job_on_a_persons_connection(self, cube: Cube) -> None:
        """That hook does not stop it: Cube builds a job's table in any case."""
        at_jobs = 'if asked.get("jobs") is True:'
        assert at_jobs in CUBE_PY
        cube.start("both", CUBE_PY.replace(at_jobs, "if False:"), env=SCOPES)
        api, alice = Api(cube.node), cube.alice()
        assert api.follow(alice, api.order(alice, alice)) == ["done"]
        assert cube.world.builders() == ["ALICE"]

    def test_the_end_of_a_refresh_worker_whose_context_is_refused(self, cube: Cube) -> None:
        spared = "and not is_scheduled(ctx)"
        assert spared in CUBE_PY
        claims = [{"securityContext": cube.alice()}]
        cube.start("worker", CUBE_PY.replace(spared, ""), contexts=claims)
        with pytest.raises(RuntimeError, match="names nobody"):  # where a timer calls, for nobody
            cube.node.ask("refresh")


def test_a_person_who_falls_back_reads_and_builds_nothing(cube: Cube) -> None:
    cube.start("both", FALLS_BACK)
    assert NOT_BUILT in cube.ask(of(BOB))
    cube.node.ask("refresh")
    cube.start("both", FALLS_BACK)  # Cube keeps for a while that it found no table
    assert cube.ask(of(BOB)) == OF_THE_SERVICE
    assert NOBODY in cube.ask({"sub": "somebody"})


def test_scheduled_refresh_contexts_are_built_and_one_that_claims_a_person_is_not(
    cube: Cube,
) -> None:
    claims = {"securityContext": cube.alice()}
    cube.start("worker", contexts=[claims])
    cube.node.ask("refresh")
    assert cube.world.builders() == []
    cube.start("worker", contexts=[{"securityContext": TENANT}, claims, None])
    cube.node.ask("refresh")
    assert cube.world.builders() == ["CUBE"]
    assert cube.ask(cube.alice()) == OF_THE_SERVICE


# What somebody would sign who knows this file, and Cube.
FORGED: list[dict[str, Any]] = [
    TENANT,
    {"securityContext": TENANT, "requestId": "scheduler-1", "authInfo": None},
    {"requestId": "scheduler-1"},
    {"cubeAccess": {"at": 0, "jobs": True}},
    {"signedWithPlaygroundAuthSecret": True, "scope": ["sql-runner"]},
    {"cubeCloud": {"username": None, "userAttributes": TENANT}},
    {"cubeCloud": {"username": ["ALICE"]}},
    {"cubeCloud": {}},
    {"__proto__": {"username": "x"}, "constructor": {}},
    {"name": "\u0000\ud83d\ude00 '; DROP", "deep": [[[[[[{}]]]]]]},
    {"huge": ["x" * 1_000] * 5},
]


@pytest.fixture(scope="class")
def built(node: RealCube, world: Rollups) -> Cube:
    """One that serves what its refresh worker has built, for every scope there is."""
    cube = Cube(node, world)
    cube.start("both", env=SCOPES, contexts=[{"securityContext": TENANT}])
    cube.node.ask("refresh")
    assert world.builders() == ["CUBE"]
    return cube


@pytest.fixture(scope="class")
def api(built: Cube) -> Api:
    return Api(built.node)


class TestApis:
    def test_no_outsider_can_pretend_to_be_cube_itself(self, built: Cube, api: Api) -> None:
        for security in FORGED:
            scheduler = {"x-request-id": "scheduler-1"}
            answers = [
                api.load(QUERY, security, scheduler),
                api.graphql(security, scheduler),
                # GraphQL's is every address below it: this one ends as the jobs' does.
                api.graphql(security, path=JOBS),
                built.node.ask("sql", securityContext=security, query=QUERY),
                *api.socket(QUERY, security, request_id="scheduler-1"),
            ]
            assert [answer for answer in answers if NOBODY not in str(answer)] == []

    def test_each_has_the_same_for_a_person(self, built: Cube, api: Api) -> None:
        for security, wanted in ((built.alice(), OF_THE_SERVICE), (of(BOB), AUTHORIZE)):
            answers = [
                api.load(QUERY, security),
                built.node.ask("sql", securityContext=security, query=QUERY),
                *api.socket(QUERY, security),
            ]
            for answer in answers:
                got = built.rows(answer)
                assert got == wanted or (isinstance(wanted, str) and wanted in got)
            graphql = str(api.graphql(security))
            assert ("'seenBy': 'CUBE'" in graphql, AUTHORIZE in graphql) == (
                wanted == OF_THE_SERVICE,
                wanted == AUTHORIZE,
            )

    def test_who_is_denied_harms_nobody_else_and_still_sees_the_model(
        self, built: Cube, api: Api
    ) -> None:
        alice = built.alice()
        for security, reason in built.denied()[:-1]:
            assert reason in str(api.load(QUERY, security))
            for path in ("meta", "sql", "dry-run"):
                answer = api.get(f"/cubejs-api/v1/{path}", security, query=QUERY)
                assert "error" not in answer
            for probe in ("/readyz", "/livez"):
                assert api.get(probe) == {"health": "HEALTH"}
            assert built.rows(api.load(QUERY, alice)) == OF_THE_SERVICE
        built.node.ask("refresh")
        assert built.world.builders() == ["CUBE"]


class TestJobs:
    def test_one_for_no_person_is_built_as_the_service_account(self, built: Cube, api: Api) -> None:
        alice = built.alice()
        for caller in ({"sub": "orchestrator"}, alice):
            for ordered in ({}, TENANT):
                built.world.forget()
                assert api.follow(alice, api.order(caller, ordered)) == ["done"]
                assert built.world.builders() == ["CUBE"]

    def test_none_is_built_on_a_persons_connection(self, built: Cube, api: Api) -> None:
        alice = built.alice()
        built.world.forget()
        # However the address is written.
        orders = [(caller, JOBS) for caller in (alice, {"sub": "orchestrator"}, built.bob())]
        orders += [(alice, path) for path in (JOBS.upper(), f"{JOBS}/", f"{JOBS}?x=1")]
        for caller, path in orders:
            states = list(api.follow(alice, api.order(caller, alice, path)))
            assert [state.partition(":")[0] for state in states] == ["failure"]
            assert "Invalid OAuth access token" in states[0]
            assert built.world.builders() == []

    def test_nor_by_the_button_of_the_playground(self, built: Cube, api: Api) -> None:
        built.world.forget()
        token = jwt.encode(built.alice(), PLAYGROUND_SECRET, algorithm="HS256")
        order = {"preAggregations": [{"id": "orders.shared"}], "timezones": ["UTC"]}
        path, sent = "/cubejs-system/v1/pre-aggregations/build", {"Authorization": token}
        # It says yes, and then does what is allowed.
        assert api.send("POST", path, None, sent, json={"query": order}) == (200, {"result": True})
        time.sleep(1)
        assert built.world.builders() == []

    def test_who_is_denied_orders_none_for_themselves(self, built: Cube, api: Api) -> None:
        built.world.forget()
        for security, reason in built.denied()[:-2]:
            assert reason in api.order(security, security)
        assert built.world.builders() == []

    def test_a_caller_who_names_nobody_can_order_but_not_ask_after_it(
        self, built: Cube, api: Api
    ) -> None:
        orchestrator = {"sub": "orchestrator"}
        tokens = api.order(orchestrator, TENANT)
        assert NOBODY in api.follow(orchestrator, tokens)
        assert api.follow(built.alice(), tokens) == ["done"]


def test_in_the_warehouse_itself_each_reads_what_the_warehouse_lets_them(cube: Cube) -> None:
    world = cube.world
    world.run("CREATE SCHEMA ANALYTICS.PRE_AGGREGATIONS")
    world.run("GRANT USAGE, CREATE TABLE ON SCHEMA ANALYTICS.PRE_AGGREGATIONS TO ROLE CUBE")
    world.run("GRANT USAGE ON SCHEMA ANALYTICS.PRE_AGGREGATIONS TO ROLE ANALYST")
    future = "GRANT SELECT ON FUTURE TABLES IN SCHEMA ANALYTICS.PRE_AGGREGATIONS TO ROLE ANALYST"
    world.run(future)
    cube.start("both", model=MODEL.replace("external: true", "external: false"))
    assert NOT_BUILT in cube.ask(cube.alice())
    cube.node.ask("refresh")
    assert cube.world.builders() == ["CUBE"]
    assert cube.ask(cube.alice()) == OF_THE_SERVICE
    assert isinstance(cube.ask(cube.bob()), str), "no right on the database"
    assert AUTHORIZE in cube.ask(of(BOB))


def test_an_access_policy_gives_each_person_their_own_rows_of_what_is_shared(cube: Cube) -> None:
    shown = read_block("cube.md", "policy")
    assert "\n".join(shown[1:-1]) + "\n" == POLICY
    cube.start("both", model=rollups.with_policy(MODEL))
    cube.node.ask("refresh")
    assert cube.ask(of("ALICE", cube.world.token("ALICE", "ANALYST"))) == [("ALICE", "CUBE")]
    assert cube.ask(of("BOB", cube.world.token("BOB", "ENGINEER"))) == [("BOB", "CUBE")]
    assert cube.world.builders() == ["CUBE"]
