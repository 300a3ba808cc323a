"""From `pulumi up` to rows in Cube, on Snowflake: people authorize, Cube's own driver signs in as
them, and each sees what the warehouse lets them see.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from cube_access.cube.env import dotenv
from sandbox import Sandbox
from sandbox.snowflake.world import ALICE, BOB
from tests.cube.api import Api
from tests.cube.real import RealCube, received
from tests.helpers import nothing_unknown
from tools.authorize import authorize
from tools.demo_cube import play
from tools.demo_warehouses import WAREHOUSES
from tools.snowflake_client import by_hand
from tools.stacks import Stack, enter, example

pytestmark = pytest.mark.integration

MY_ORDERS = "SELECT CURRENT_USER() AS U, CURRENT_ROLE() AS R, ID FROM ANALYTICS.SALES.MY_ORDERS"
ORDERS = "SELECT CURRENT_USER() AS U, CURRENT_ROLE() AS R, ID FROM ANALYTICS.SALES.ORDERS"


@dataclass(frozen=True)
class Environment:
    sandbox: Sandbox
    outputs: dict[str, dict[str, Any]]
    """By fallback."""

    def authorize(self, person: str) -> str:
        """What Cube Cloud holds once this person has pressed Authorize."""
        return str(authorize(self.outputs["deny"], person)["access_token"])

    def revoke(self, token: str) -> None:
        """The warehouse takes it no more, and ends what was signed in with it."""
        oauth, sessions = (
            self.sandbox.snowflake.credentials.oauth,
            self.sandbox.snowflake.credentials,
        )
        user = oauth.access.pop(token).user
        for number in [n for n, each in sessions.open.items() if each.session.user is user]:
            del sessions.open[number]


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    folder = tmp_path_factory.mktemp("end-to-end")
    with Sandbox(folder / "sandbox") as sandbox, pytest.MonkeyPatch.context() as patch:
        enter(sandbox, patch)
        stack = Stack(sandbox, folder / "project", "dev", example("sandbox-snowflake"))
        outputs = {}
        for fallback in ("deny", "service-account"):
            stack.set(fallback=fallback)
            stack.apply()
            outputs[fallback] = stack.outputs()
        # Bob is an engineer, who has no orders; his own he may see.
        administrator = by_hand()
        administrator.rows("GRANT ROLE ANALYST TO USER BOB")
        administrator.rows("ALTER USER BOB SET DEFAULT_ROLE = 'ANALYST'")
        yield Environment(sandbox, outputs)
        nothing_unknown(sandbox)


@pytest.fixture(scope="module")
def node(environment: Environment) -> Iterator[RealCube]:
    with RealCube(environment.sandbox.env) as running:
        yield running


@pytest.fixture
def cube(node: RealCube, environment: Environment, fallback: str) -> RealCube:
    given = environment.outputs[fallback]
    node.start(given["cube_py"], given["cube_env"])
    return node


def of(person: str, token: str | None, status: str = "active") -> dict[str, Any]:
    credential = {"accessToken": token, "status": status}
    cloud = {"username": person, "userCredentials": {"snowflake": credential}}
    return {"securityContext": {"cubeCloud": cloud}}


def rows(answer: dict[str, Any]) -> list[tuple[str, str, str]]:
    """User, role and order of each."""
    assert "rows" in answer, answer
    return [(row["U"], row["R"], row["ID"]) for row in answer["rows"]]


MODEL = """
cube('orders', {
  sql: `SELECT ID, CURRENT_USER() AS WHO FROM ANALYTICS.SALES.MY_ORDERS`,
  dimensions: {
    id: { sql: 'ID', type: 'number', primaryKey: true, public: true },
    who: { sql: 'WHO', type: 'string' },
  },
});
"""

OF_ALICE = [("ALICE", "ANALYST", "1"), ("ALICE", "ANALYST", "2")]
OF_BOB = [("BOB", "ANALYST", "3")]
OF_THE_SERVICE = [("CUBE_DEV", "CUBE_DEV", str(number)) for number in range(1, 5)]


@pytest.mark.parametrize("fallback", ["deny"])
def test_each_person_gets_their_own_rows_and_probes_the_service_accounts(
    cube: RealCube, environment: Environment
) -> None:
    alice, bob = (of(person, environment.authorize(person)) for person in (ALICE, BOB))
    asked = [(alice, MY_ORDERS, OF_ALICE), (bob, MY_ORDERS, OF_BOB), ({}, ORDERS, OF_THE_SERVICE)]
    for context, sql, wanted in asked:
        assert rows(cube.ask("query", context=context, sql=sql)) == wanted


@pytest.mark.parametrize("fallback", ["deny"])
def test_requests_of_two_people_at_once_do_not_mix(
    cube: RealCube, environment: Environment
) -> None:
    alice, bob = (of(person, environment.authorize(person)) for person in (ALICE, BOB))
    answers = [
        (wanted, cube.send("query", context=context, sql=f"{MY_ORDERS} WHERE {n} = {n}"))
        for n in range(5)
        for context, wanted in ((alice, OF_ALICE), (bob, OF_BOB))
    ]
    for wanted, answer in answers:
        assert rows(received(answer)) == wanted


@pytest.mark.parametrize("fallback", ["deny", "service-account"])
def test_a_revoked_person_is_denied_or_falls_back_until_they_authorize_again(
    cube: RealCube, environment: Environment, fallback: str
) -> None:
    token = environment.authorize(ALICE)
    assert rows(cube.ask("query", context=of(ALICE, token), sql=MY_ORDERS)) == OF_ALICE

    environment.revoke(token)
    # Until Cube Cloud has noticed, the warehouse is who says no.
    unnoticed = cube.ask("query", context=of(ALICE, token), sql=ORDERS)
    assert "terminated connection" in unnoticed["error"]
    noticed = cube.ask("query", context=of(ALICE, token, "revoked"), sql=ORDERS)
    if fallback == "deny":
        assert "authorize in Cube" in noticed["error"]
    else:
        assert rows(noticed) == OF_THE_SERVICE

    again = of(ALICE, environment.authorize(ALICE))
    assert rows(cube.ask("query", context=again, sql=MY_ORDERS)) == OF_ALICE


def test_the_demos_step_shows_two_people_with_two_answers(environment: Environment) -> None:
    given = environment.outputs["deny"]
    # Bob is an analyst here already.
    warehouse = replace(WAREHOUSES["snowflake"][1], before=(), after=())
    _, alice, bob, *_ = play(warehouse, given, given["cube_py"], dotenv(given["cube_env"]))
    assert (alice.seen, bob.seen) == ("ALICE", "BOB")
    assert alice.answer != bob.answer


QUERY = {"dimensions": ["orders.id", "orders.who"], "timezone": "UTC"}


def orders(api: Api, security: Any) -> list[tuple[str, str]] | str:
    """Whose and which, or why not."""
    answer = api.load(QUERY, security)
    if "rows" not in answer:
        return str(answer["error"])
    return [(row["orders.who"], row["orders.id"]) for row in answer["rows"]]


@pytest.mark.parametrize("fallback", ["deny"])
def test_over_http_everybody_gets_what_their_token_says_and_probes_stay_healthy(
    node: RealCube, environment: Environment, fallback: str
) -> None:
    given = environment.outputs[fallback]
    node.start(given["cube_py"], given["cube_env"], MODEL)
    api = Api(node)
    alice, bob = (
        of(person, environment.authorize(person))["securityContext"] for person in (ALICE, BOB)
    )
    assert orders(api, alice) == [("ALICE", "1"), ("ALICE", "2")]
    assert orders(api, bob) == [("BOB", "3")]
    assert orders(api, None) == "Authorization header isn't set"
    assert "authorize in Cube" in orders(api, of(ALICE, None)["securityContext"])
    for nobody in ({"sub": "somebody"}, {}):
        assert "sign in to Cube" in orders(api, nobody)

    # Those who were denied do not make Cube ill; the refresh worker needs nobody.
    node.ask("refresh")
    assert api.get("/readyz") == {"health": "HEALTH"}
    assert api.get("/livez") == {"health": "HEALTH"}
    assert orders(api, bob) == [("BOB", "3")]
