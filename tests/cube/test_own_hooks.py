"""A team's own hooks beside ours, on the real Cube: each is called, and whose connection a query
has stays ours to decide.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cube_access.cube.cube_py import read_hooks, render
from sandbox import Sandbox
from tests.cube import rollups
from tests.cube.real import RealCube
from tests.cube.rollups import MODEL, QUERY, Rollups, of
from tests.helpers import nothing_unknown

pytestmark = pytest.mark.integration

HOOKS = """
import os

from cube import config


@config("query_rewrite")
def their_own(query, ctx):
    cloud = (ctx.get("securityContext") or {}).get("cubeCloud") or {}
    own = {"member": "orders.rep", "operator": "equals", "values": [cloud.get("username") or ""]}
    return {**query, "filters": [*(query.get("filters") or []), own]}


@config("check_sql_auth")
def check_sql_auth(request, user, password):
    token = os.environ["TOKEN_OF_ALICE"]
    credentials = {"snowflake": {"accessToken": token, "status": "active"}}
    cloud = {"username": user, "userCredentials": credentials}
    return {"password": password, "securityContext": {"cubeCloud": cloud}}


@config("scheduled_refresh_contexts")
def tenants():
    return [{"securityContext": {"tenant": "a"}}]


@config("logger")
def log(message, parameters):
    with open(os.environ["LOG"], "a") as file:
        file.write(message + "\\n")
"""
GROUPS = """
from cube import config


@config("context_to_groups")
def groups(ctx):
    cloud = (ctx.get("securityContext") or {}).get("cubeCloud") or {}
    return ["sales"] if cloud.get("username") == "ALICE" else []
"""
POLICY = """
  accessPolicy: [{ group: `sales`, memberLevel: { includes: `*` } }],
"""
WORKER = {"CUBEJS_SCHEDULED_REFRESH_TIMER": "3600"}
WHO = "SELECT CURRENT_USER() AS WHO"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rollups]:
    with Sandbox(tmp_path_factory.mktemp("own-hooks") / "sandbox") as sandbox:
        yield rollups.make(sandbox)
        nothing_unknown(sandbox)


@pytest.fixture(scope="module")
def node(world: Rollups) -> Iterator[RealCube]:
    with RealCube(world.sandbox.env) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def start(node: RealCube, world: Rollups, hooks: str, model: str = MODEL, **env: str) -> None:
    Path("hooks.py").write_text(hooks)
    text = render("snowflake", source="snowflake", fallback="deny", hooks=read_hooks("hooks.py"))
    node.start(text, {**world.environment, **WORKER, **env}, model, store=world.store)


def rows(node: RealCube, security: Any) -> list[tuple[str, str]] | str:
    answer = node.ask("load", securityContext=security, query=QUERY)
    if "error" in answer:
        return str(answer["error"])
    return sorted((row["orders.rep"], row["orders.seenBy"]) for row in answer["rows"])


def test_each_of_a_teams_hooks_is_called_and_a_query_is_still_its_persons(
    node: RealCube, world: Rollups, folder: Path
) -> None:
    token = world.token("ALICE", "ANALYST")
    alice, bob = of("ALICE", token), of("BOB", world.token("BOB", "ENGINEER"))
    log = folder / "log"
    start(node, world, HOOKS, TOKEN_OF_ALICE=token, LOG=str(log))

    # scheduled_refresh_contexts: built for the team's tenant, and as the service account.
    node.ask("refresh")
    assert world.builders() == ["CUBE"]
    # query_rewrite: everybody their own rows of what is shared.
    assert rows(node, alice) == [("ALICE", "CUBE")]
    assert rows(node, bob) == [("BOB", "CUBE")]
    # check_sql_auth: who it says is there, on their own connection.
    context = node.ask("sqlContext", user="alice")
    assert context["securityContext"]["cubeCloud"]["username"] == "alice"
    assert node.ask("query", context=context, sql=WHO)["rows"] == [{"WHO": "ALICE"}]
    # logger.
    assert "Load Request" in log.read_text()
    # Ours, as without them.
    assert "authorize in Cube" in rows(node, of("BOB"))
    assert "sign in to Cube" in rows(node, {"sub": "somebody"})
    assert node.ask("query", context={}, sql=WHO)["rows"] == [{"WHO": "CUBE"}]


def test_a_teams_groups_say_whose_access_policies_hold(
    node: RealCube, world: Rollups, folder: Path
) -> None:
    model = MODEL.replace("  preAggregations:", f"{POLICY}  preAggregations:")
    start(node, world, GROUPS, model)
    node.ask("refresh")
    everything = [("ALICE", "CUBE"), ("BOB", "CUBE"), ("CAROL", "CUBE")]
    assert rows(node, of("ALICE", world.token("ALICE", "ANALYST"))) == everything
    assert rows(node, of("BOB", world.token("BOB", "ENGINEER"))) == []
