"""The equipment: a Cube that leaves nothing behind, and that shows what cube.py does wrong."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cube_access.cube.env import dotenv
from tests.components.cube.test_env import VALUES
from tests.cube.real import RealCube

pytestmark = pytest.mark.integration

RAISES = """
from cube import config

@config("driver_factory")
def driver_factory(ctx):
    raise KeyError("no such variable")

@config("context_to_orchestrator_id")
def context_to_orchestrator_id(ctx):
    return "CUBE_APP"
"""


@pytest.fixture(scope="module")
def cube() -> Iterator[RealCube]:
    with RealCube(os.environ) as running:
        running.start(RAISES, {})
        yield running


def test_what_cube_py_raises_is_the_answer_to_the_query(cube: RealCube) -> None:
    got = cube.ask("query", context={}, sql="SELECT 1")
    assert got == {"error": "Error: cube.py: KeyError: 'no such variable'"}


def test_cubes_own_reader_of_a_dotenv_file_has_the_values_that_were_written(
    cube: RealCube,
) -> None:
    variables = {f"V{number}": value for number, value in enumerate(VALUES)}
    assert cube.ask("dotenv", text=dotenv(variables)) == variables


def test_a_request_that_the_equipment_does_not_know_fails_the_test(cube: RealCube) -> None:
    with pytest.raises(RuntimeError, match="is not a function"):
        cube.ask("nonsense")


def running(group: int) -> list[str]:
    """The commands of a process group that have not ended."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            command, _, rest = stat.read_text().rpartition(") ")
            state, _, its_group = rest.split()[:3]
            if int(its_group) == group and state != "Z":
                found.append(command)
    return found


def test_nothing_is_left_of_it_when_a_test_fails() -> None:
    cube = RealCube(os.environ)
    folder, group = Path(f"/proc/{cube.process.pid}/cwd").readlink(), cube.process.pid
    with contextlib.suppress(ZeroDivisionError), cube:
        cube.start(RAISES, {})
        assert len(running(group)) == 2, "Node and, below it, Python"
        raise ZeroDivisionError
    deadline = time.monotonic() + 10
    while running(group) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (running(group), folder.exists()) == ([], False)
