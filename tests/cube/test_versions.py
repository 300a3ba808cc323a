"""The oldest Cube that the tests run, with a sample of what the newest is asked; and the Cubes that
do not know where a person's token is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cube_access.cube.cube_py import render
from sandbox import Sandbox
from sandbox.snowflake.world import ALICE, BOB
from tests.cube import rollups
from tests.cube.real import RealCube
from tests.cube.rollups import MODEL, QUERY, Rollups, of
from tests.helpers import nothing_unknown
from tools.engine.setup import CUBE, OLDEST

pytestmark = pytest.mark.integration

CUBE_PY = render("snowflake", source="snowflake", fallback="deny")
WHO = {"dimensions": ["orders.rep", "orders.seenBy"], "timezone": "UTC"}
OF_ALICE, OF_THE_SERVICE = (
    [("ALICE", "ALICE")],
    [(each, "CUBE") for each in ("ALICE", "BOB", "CAROL")],
)
PAGE = Path(__file__).parents[2] / "docs/cube-versions.md"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rollups]:
    with Sandbox(tmp_path_factory.mktemp("versions") / "sandbox") as sandbox:
        yield rollups.make(sandbox)
        nothing_unknown(sandbox)


@pytest.fixture(scope="module")
def oldest(world: Rollups) -> Iterator[RealCube]:
    with RealCube(world.sandbox.env, oldest=True) as running:
        yield running


def asked(
    cube: RealCube, security: Any, query: dict[str, Any] = WHO
) -> list[tuple[str, str]] | str:
    """Whose rows come back, and who looked at them; or why none do."""
    answer = cube.ask("load", securityContext=security, query=query)
    if "error" in answer:
        return str(answer["error"])
    return sorted({(row["orders.rep"], row["orders.seenBy"]) for row in answer["rows"]})


def test_on_the_oldest_people_are_themselves_and_others_are_denied(
    oldest: RealCube, world: Rollups
) -> None:
    model = MODEL.partition("  preAggregations:")[0] + "});\n"
    oldest.start(CUBE_PY, world.environment, model)
    alice = of(ALICE, world.token("ALICE", "ANALYST"), status="active")
    assert asked(oldest, alice) == OF_ALICE
    # Who has no right on the view's database, the warehouse refuses.
    bob = of(BOB, world.token("BOB", "ENGINEER"), status="active")
    assert "not exist or not authorized" in str(asked(oldest, bob))
    assert "authorize in Cube" in asked(oldest, of(ALICE))
    for nobody in ({"sub": "somebody"}, {}, None):
        assert "sign in to Cube" in asked(oldest, nobody)
    probe = "SELECT CURRENT_USER() AS WHO"
    assert oldest.ask("query", context={}, sql=probe)["rows"] == [{"WHO": "CUBE"}]


def test_on_the_oldest_only_the_worker_builds_what_people_read(
    oldest: RealCube, world: Rollups
) -> None:
    worker = {**world.environment, "CUBEJS_SCHEDULED_REFRESH_TIMER": "3600"}
    oldest.start(CUBE_PY, worker, MODEL, store=world.store)
    alice = of(ALICE, world.token("ALICE", "ANALYST"), status="active")
    assert "No pre-aggregation partitions were built yet" in asked(oldest, alice, QUERY)
    assert world.tables() == []
    oldest.ask("refresh")
    assert world.builders() == ["CUBE"]
    # This instance goes on to say so for a while; another one reads.
    oldest.start(CUBE_PY, worker, MODEL, store=world.store)
    assert asked(oldest, alice, QUERY) == OF_THE_SERVICE
    assert "authorize in Cube" in asked(oldest, of(BOB), QUERY)


@pytest.mark.parametrize("oldest", [False, True], ids=["newest", "oldest"])
def test_a_driver_that_does_not_know_the_token_does_not_take_the_deployments(
    tmp_path: Path, oldest: bool
) -> None:
    """So did Cube 0.36.11 to 1.3.34. Their driver cannot be had: today's is not told the token."""
    known = '"oauthToken": NO_ACCESS if CLOSED else token, '
    text = render("snowflake", source="snowflake", fallback="deny", credential="token-file")
    assert text.count(known) == 1
    file = tmp_path / "token"
    file.write_text("the deployment's own")
    variables = {
        "CUBEJS_DB_TYPE": "snowflake",
        "CUBEJS_DB_SNOWFLAKE_ACCOUNT": rollups.ACCOUNT,
        "CUBEJS_DB_SNOWFLAKE_AUTHENTICATOR": "OAUTH",
        "CUBEJS_DB_SNOWFLAKE_OAUTH_TOKEN_PATH": str(file),
    }
    alice = {"securityContext": of(ALICE, "token", status="active")}
    with RealCube(os.environ, oldest=oldest) as cube:
        cube.start(text.replace(known, ""), variables)
        got = cube.ask("query", context=alice, sql="SELECT 1")
    assert got["error"].startswith("Error: File no-access-authorize-in-cube provided by ")


def test_the_page_names_the_versions_that_are_run() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for folder, which in ((CUBE, "newest"), (OLDEST, "oldest")):
        pinned = json.loads((folder / "package.json").read_text(encoding="utf-8"))["dependencies"]
        assert f"| {which} | {pinned['@cubejs-backend/server-core']} |" in text
