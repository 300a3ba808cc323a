"""A fork is what a fresh interpreter would have been."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.stacks import warm_python

SAYS = """\
import os, sys
print([sys.argv[1:], os.getcwd(), os.environ["SAID"], sys.path[:2], __name__])
print("unbuffered", file=sys.stderr, end="")
os.write(1, b"after")
sys.exit(32)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    warm_python().virtualenv(tmp_path)
    (tmp_path / "says.py").write_text(SAYS)
    return tmp_path


@pytest.mark.parametrize("words", [["-m", "says"], ["says.py", "--flag", "a b", ""]])
def test_it_has_its_words_its_place_its_environment_and_its_code(
    project: Path, words: list[str]
) -> None:
    fresh, forked = (
        subprocess.run(
            [python, "-u", *words],
            cwd=project,
            env={"SAID": 'a "b"\n', "PYTHONPATH": str(project / "x")},
            capture_output=True,
            check=False,
        )
        for python in (sys.executable, project / ".venv/bin/python")
    )
    assert fresh.returncode == 32
    assert forked.returncode == 32
    assert (forked.stdout, forked.stderr) == (fresh.stdout, fresh.stderr)


def test_it_dies_with_whoever_is_killed_for_it(project: Path) -> None:
    program = 'import os, time; open("pid", "w").write(f"{os.getpid()} "); time.sleep(60)'
    (project / "waits.py").write_text(program)
    client = subprocess.Popen([project / ".venv/bin/python", "-u", "waits.py"], cwd=project)
    pid = project / "pid"
    until(lambda: pid.exists() and pid.read_text().endswith(" "))
    client.kill()
    client.wait()
    until(lambda: not Path("/proc", pid.read_text().strip()).exists())


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
