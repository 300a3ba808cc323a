"""What people cost a running Cube: memory, sockets, and sessions in Snowflake.

Usage: python -m tests.cube.cost; it writes the table in docs/cube.md. Part of `make bench`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox
from sandbox.snowflake.world import ALICE
from tests.cube.real import RealCube, received
from tools.authorize import authorize
from tools.blocks import write_block
from tools.stacks import Stack, enter, example

PEOPLE = (1, 10, 100, 150)
"""Cube keeps the connections of a hundred."""
HEAD = (
    "| people | heap, MiB | open sockets | open sessions in Snowflake |",
    "|---|---|---|---|",
)


def request(outputs: dict[str, Any], number: int) -> dict[str, Any]:
    """Of one more person. To Snowflake all are alice: what differs is what Cube goes by."""
    credential = {"accessToken": authorize(outputs, ALICE)["access_token"], "status": "active"}
    cloud = {"username": f"person-{number}", "userCredentials": {"snowflake": credential}}
    return {"securityContext": {"cubeCloud": cloud}}


def row(sandbox: Sandbox, outputs: dict[str, Any], people: int) -> str:
    credentials = sandbox.snowflake.credentials
    with RealCube(sandbox.env) as cube:
        cube.start(outputs["cube_py"], outputs["cube_env"])
        # Whatever Cube loads at its first query is not a person's cost.
        cube.ask("query", context={}, sql="SELECT 1 AS X")
        before, kept = cube.ask("cost"), len(credentials.open)
        contexts = [request(outputs, number) for number in range(people)]
        for start in range(0, people, 10):
            ten = contexts[start : start + 10]
            answers = [cube.send("query", context=ctx, sql="SELECT 1 AS X") for ctx in ten]
            assert all("rows" in received(answer) for answer in answers)
        after = cube.ask("cost")
        heap = (after["heap"] - before["heap"]) / 2**20
        sockets, sessions = after["sockets"] - before["sockets"], len(credentials.open) - kept
        return f"| {people} | {heap:.1f} | {sockets} | {sessions} |"


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(Path(folder) / "sandbox") as sandbox,
        pytest.MonkeyPatch.context() as patch,
    ):
        enter(sandbox, patch)
        stack = Stack(sandbox, Path(folder) / "project", "dev", example("sandbox-snowflake"))
        stack.apply()
        outputs = stack.outputs()
        lines = [row(sandbox, outputs, people) for people in PEOPLE]
    write_block("cube.md", "cost", [*HEAD, *lines])
    print("\n".join([*HEAD, *lines]))


if __name__ == "__main__":
    main()
