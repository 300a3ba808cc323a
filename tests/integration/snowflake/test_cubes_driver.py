"""Cube's own driver on Node signs in to the environment with what the emitted cube.py tells it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sandbox.snowflake.world import ALICE
from tests.integration.conftest import ROOT, Stack, authorize, driver_factory
from tools.engine.setup import cache_folder, node_folder

WHO = "SELECT CURRENT_USER() AS U, CURRENT_ROLE() AS R, count(*) AS N FROM ANALYTICS.SALES.{}"


@pytest.fixture(scope="module")
def outputs(applied: Stack) -> dict[str, Any]:
    return applied.outputs()


@pytest.fixture
def cube_py(outputs: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The stack's driver_factory, with Cube's environment around it."""
    return driver_factory(outputs, monkeypatch, tmp_path)


def ask(options: dict[str, Any], query: str) -> dict[str, Any]:
    """With the environment of this process, in which cube_env is set: as in Cube."""
    folder = node_folder(cache_folder())
    assert folder.exists(), "no Cube driver: `make setup` says why"
    done = subprocess.run(
        ["node", ROOT / "tests/node/sign_in.js"],
        input=json.dumps({"options": options, "query": query}),
        env={**os.environ, "NODE_FOLDER": str(folder)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout, done.stderr
    return dict(json.loads(done.stdout))


def of_person(token: str) -> dict[str, Any]:
    credential = {"accessToken": token, "status": "active"}
    cloud = {"username": ALICE, "userCredentials": {"snowflake": credential}}
    return {"securityContext": {"cubeCloud": cloud}}


def test_probes_run_as_the_service_account(cube_py: Any) -> None:
    got = ask(cube_py({}), WHO.format("ORDERS"))
    assert got == {"rows": [{"U": "CUBE_DEV", "R": "CUBE_DEV", "N": "4"}]}


def test_a_person_runs_as_themselves(cube_py: Any, outputs: dict[str, Any]) -> None:
    token = authorize(outputs, ALICE)["access_token"]
    got = ask(cube_py(of_person(token)), WHO.format("MY_ORDERS"))
    assert got == {"rows": [{"U": "ALICE", "R": "ANALYST", "N": "2"}]}


def test_a_person_without_a_token_is_refused(cube_py: Any) -> None:
    assert "Invalid OAuth access token" in ask(cube_py(of_person("")), "SELECT 1")["error"]
