"""What happens to people's credentials in a day of Cube, played on the real Cube, and who the
warehouse said each query ran as.

Owns the scenarios and how they are judged. Which cube.py they are played with, and what is made of
the outcome, is the tests' business.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox import Sandbox
from sandbox.databricks.access import Token
from sandbox.databricks.world import ALICE, BOB
from tests.cube import rollups
from tests.cube.real import RealCube, received
from tests.cube.rollups import QUERY, Rollups
from tools.authorize import authorize

SERVICE, REFUSED, RAISED = "service account", "refused", "cube.py raises"
NOT_BUILT = "not built yet"
WHO = "SELECT current_user() AS who /* {} */"
"""With a number, so that no answer comes out of Cube's result cache."""
NO_ENTRY = (
    "cube.py: PermissionError: ",
    "Databricks API error: ",
    "Failed to get access token: Unauthorized",
    "Credential was not sent",
)
CROWD = 200
"""Twice what Cube keeps."""
NUMBERS = itertools.count()


def ends_in(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def context(username: str, **credential: Any) -> dict[str, Any]:
    """A request of this person; without a credential, of one who has not authorized."""
    credentials = {"databricks": credential} if credential else {}
    return {
        "securityContext": {"cubeCloud": {"username": username, "userCredentials": credentials}}
    }


def usable(username: str, token: str, seconds: float = 3600) -> dict[str, Any]:
    end = ends_in(seconds)
    return context(username, accessToken=token, status="active", accessTokenExpiresAt=end)


def refusal(error: str) -> str:
    """What an error is. Whatever else goes wrong is no refusal, and must not pass for one."""
    if any(reason in error for reason in NO_ENTRY):
        return REFUSED
    if error.startswith(("cube.py:", "Error: cube.py:")):
        return RAISED
    if error.startswith("Error: No pre-aggregation partitions were built yet"):
        return NOT_BUILT
    raise RuntimeError(error)


@dataclass(frozen=True)
class Stage:
    """A Cube that runs, and the warehouse behind it."""

    cube: RealCube
    sandbox: Sandbox
    outputs: dict[str, Any]
    rollups: Rollups
    """What is pre-aggregated, and of what."""

    def token(self, person: str) -> str:
        """What Cube Cloud holds once this person has pressed Authorize."""
        return str(authorize(self.outputs, person)["access_token"])

    def lapse(self, token: str) -> None:
        """The warehouse takes it no more."""
        del self.sandbox.databricks.access.tokens[token]

    def newcomer(self, number: int) -> tuple[str, str]:
        """One more analyst, and their token: made in the warehouse, for there will be many."""
        databricks = self.sandbox.databricks
        analysts, name = databricks.directory.named("analysts"), f"person-{number}@example.com"
        assert analysts is not None
        who = databricks.directory.named(name) or databricks.directory.add("user", name, name)
        analysts.members.add(who.id)
        scopes, now = frozenset({"sql", "offline_access"}), databricks.clock()
        token = Token(databricks.access.unreal("access"), who.id, scopes, now, now + 3600)
        databricks.access.tokens[token.value] = token
        return name, token.value

    def ask(self, ctx: Any) -> str:
        """Who a query of this request runs as, in the warehouse's words."""
        return self.who(self.send(ctx))

    def send(self, ctx: Any) -> Future[dict[str, Any]]:
        return self.cube.send("query", context=ctx, sql=WHO.format(next(NUMBERS)))

    def who(self, answer: Future[dict[str, Any]]) -> str:
        got = received(answer)
        if "rows" in got:
            name = str(got["rows"][0]["who"])
            service = self.outputs["cube_env"]["CUBE_SERVICE_DATABRICKS_CLIENT_ID"]
            return SERVICE if name == service else name.partition("@")[0]
        return refusal(got["error"])


def two_people(stage: Stage) -> list[str]:
    return [stage.ask(usable(name, stage.token(name))) for name in (ALICE, BOB)]


def refreshed(stage: Stage) -> list[str]:
    old, new = stage.token(ALICE), stage.token(ALICE)
    before = stage.ask(usable(ALICE, old))
    stage.lapse(old)
    return [before, stage.ask(usable(ALICE, new, 7200))]


def run_out(stage: Stage) -> list[str]:
    old = stage.token(ALICE)
    before = stage.ask(usable(ALICE, old))
    stage.lapse(old)
    late = context(ALICE, accessToken=old, status="active", accessTokenExpiresAt=ends_in(-60))
    between = stage.ask(late)
    return [before, between, stage.ask(usable(ALICE, stage.token(ALICE), 7200))]


def taken_back(stage: Stage) -> list[str]:
    # The warehouse takes the token to its end: only Cube Cloud knows that it is not to be used.
    return [stage.ask(usable(ALICE, stage.token(ALICE))), stage.ask(context(ALICE))]


def authorized_late(stage: Stage) -> list[str]:
    return [stage.ask(context(ALICE)), stage.ask(usable(ALICE, stage.token(ALICE)))]


def not_authorized(stage: Stage) -> list[str]:
    return [stage.ask(context(ALICE))]


def without_expiry(stage: Stage) -> list[str]:
    return [stage.ask(context(ALICE, accessToken=stage.token(ALICE), status="active"))]


def nameless(stage: Stage) -> list[str]:
    return [stage.ask({"securityContext": {"sub": "somebody"}})]


def probes(stage: Stage) -> list[str]:
    contexts: list[Any] = [{}, {"securityContext": {}}, {"securityContext": None}]
    return [stage.ask(ctx) for ctx in contexts]


def called_default(stage: Stage) -> list[str]:
    return [stage.ask({}), stage.ask(usable("default", stage.token(ALICE)))]


def crowd(stage: Stage) -> list[str]:
    people = [stage.newcomer(number) for number in range(CROWD)]
    contexts = [usable(name, token) for name, token in people]
    answers = [stage.send(ctx) for ctx in contexts]
    first = [stage.who(answer) for answer in answers]
    # Cube has dropped the connections of the first of them by now.
    again = [stage.ask(ctx) for ctx in contexts[:10]]
    own = [name.partition("@")[0] for name, _ in people]
    right = sum(got == name for got, name in zip(first + again, own + own[:10], strict=True))
    return [f"{right} of {CROWD + 10} as themselves"]


def at_once(stage: Stage) -> list[str]:
    alice, bob = (usable(name, stage.token(name)) for name in (ALICE, BOB))
    wanted = [("alice", alice), ("bob", bob), (SERVICE, {})] * 10
    answers = [(name, stage.send(ctx)) for name, ctx in wanted]
    right = sum(stage.who(answer) == name for name, answer in answers)
    return [f"{right} of {len(wanted)} as who they are"]


def revoked(stage: Stage) -> list[str]:
    # The warehouse takes the token to its end: only Cube Cloud knows that it is not to be used.
    token, end = stage.token(ALICE), ends_in(3600)
    marked = context(ALICE, accessToken=token, status="revoked", accessTokenExpiresAt=end)
    return [stage.ask(marked)]


def seen_by(stage: Stage, security: Any) -> str:
    """Who looked at the view for the rows that this request gets."""
    got = stage.cube.ask("load", securityContext=security, query=QUERY)
    if "error" in got:
        return refusal(got["error"])
    looked = {row["orders.seenBy"] for row in got["rows"]}
    names = {"CUBE": SERVICE, "ALICE": "alice"}
    return " and ".join(sorted(names[who] for who in looked))


def analyst(stage: Stage) -> dict[str, Any]:
    return rollups.of(ALICE, stage.rollups.token("ALICE", "ANALYST"), status="active")


def engineer(stage: Stage) -> dict[str, Any]:
    """Who has no right on the view's database."""
    return rollups.of(BOB, stage.rollups.token("BOB", "ENGINEER"), status="active")


def first_to_ask(stage: Stage) -> list[str]:
    return [seen_by(stage, analyst(stage)), seen_by(stage, engineer(stage))]


def built_by_the_worker(stage: Stage) -> list[str]:
    stage.cube.ask("refresh")
    lapsed = rollups.of(BOB, "ended", seconds=-60, status="error")
    denied = [rollups.of(BOB), lapsed, {"sub": "somebody"}]
    return [seen_by(stage, security) for security in (analyst(stage), *denied)]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    title: str
    play: Callable[[Stage], list[str]]
    wanted: list[str]
    also: Iterable[list[str]] = ()
    """Outcomes that are no failure here, because a line of its own judges them."""
    fallback: str = "deny"
    """What our cube.py is set to; the guide's knows only the service account."""
    variables: Callable[[dict[str, str]], dict[str, str]] = field(default=lambda env: env)
    pre_aggregated: bool = False
    """On Snowflake, on a node that serves and builds, with nothing built before it."""

    @property
    def slug(self) -> str:
        return re.sub(r"\W+", "-", self.title.lower()).strip("-")

    def holds(self, outcome: list[str]) -> bool:
        return outcome == self.wanted or outcome in self.also


def with_cubes_m2m(env: dict[str, str]) -> dict[str, str]:
    return {
        **env,
        "CUBEJS_DB_DATABRICKS_OAUTH_CLIENT_ID": env["CUBE_SERVICE_DATABRICKS_CLIENT_ID"],
        "CUBEJS_DB_DATABRICKS_OAUTH_CLIENT_SECRET": env["CUBE_SERVICE_DATABRICKS_CLIENT_SECRET"],
    }


SCENARIOS = (
    Scenario(title="Two people, one after the other", play=two_people, wanted=["alice", "bob"]),
    Scenario(
        title="A token is refreshed, and the old one ends",
        play=refreshed,
        wanted=["alice", "alice"],
    ),
    Scenario(
        title="A token ends, and the person authorizes again",
        play=run_out,
        wanted=["alice", REFUSED, "alice"],
        also=[["alice", SERVICE, "alice"]],
    ),
    Scenario(
        title="A person takes the authorization back",
        play=taken_back,
        wanted=["alice", REFUSED],
        also=[["alice", SERVICE]],
    ),
    Scenario(
        title="A credential that is marked `revoked`, with time left",
        play=revoked,
        wanted=[REFUSED],
        also=[[SERVICE]],
    ),
    Scenario(
        title="A person falls back, then authorizes (`fallback: service-account`)",
        play=authorized_late,
        wanted=[SERVICE, "alice"],
        fallback="service-account",
    ),
    Scenario(
        title="A person who has not authorized (`fallback: deny`)",
        play=not_authorized,
        wanted=[REFUSED],
    ),
    Scenario(title="An active token whose end is not given", play=without_expiry, wanted=["alice"]),
    Scenario(
        title="Authenticated, but naming nobody",
        play=nameless,
        wanted=[REFUSED],
        fallback="service-account",
    ),
    Scenario(
        title="Probe, scheduler, and a security context that is null",
        play=probes,
        wanted=[SERVICE] * 3,
    ),
    Scenario(
        title="A probe, then a person whose name is `default`",
        play=called_default,
        wanted=[SERVICE, "alice"],
    ),
    Scenario(
        title="Cube's own M2M variables are set",
        play=lambda stage: [stage.ask(usable(ALICE, stage.token(ALICE)))],
        wanted=[REFUSED],
        also=[["alice"]],
        variables=with_cubes_m2m,
    ),
    Scenario(
        title=f"{CROWD} people, then the first of them again",
        play=crowd,
        wanted=[f"{CROWD + 10} of {CROWD + 10} as themselves"],
    ),
    Scenario(
        title="Two people and a probe, ten requests each, at once",
        play=at_once,
        wanted=["30 of 30 as who they are"],
    ),
    Scenario(
        title="Nothing is pre-aggregated: an analyst asks, then who may not see the data",
        play=first_to_ask,
        wanted=[NOT_BUILT, NOT_BUILT],
        pre_aggregated=True,
    ),
    Scenario(
        title="Pre-aggregated by the worker: an analyst asks; then without a token, with an old "
        "one, without a name",
        play=built_by_the_worker,
        wanted=[SERVICE, REFUSED, REFUSED, REFUSED],
        pre_aggregated=True,
    ),
)
