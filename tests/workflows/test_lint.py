"""The two checks of `make lint` do find what they are there for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tools.lint import actionlint

GOOD = """
name: one
on: push
permissions: {}
jobs:
  one:
    runs-on: ubuntu-24.04
    permissions: {contents: read}
    steps:
      - run: make lint
"""


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [("", "", 0), ("runs-on: ubuntu-24.04", "runs-on: ubunto-latest", 1), ("run: make", "ran:", 1)],
)
def test_actionlint(tmp_path: Path, old: str, new: str, code: int) -> None:
    path = tmp_path / "one.yml"
    path.write_text(GOOD.replace(old, new) if old else GOOD)
    assert actionlint.main([str(path)]) == code


@pytest.mark.parametrize(
    ("step", "clean"),
    [
        ("run: make lint", True),
        ("uses: someone/something@v1", False),
        ("run: echo ${{ github.event.pull_request.title }}", False),
    ],
)
def test_zizmor(tmp_path: Path, step: str, clean: bool) -> None:
    path = tmp_path / "one.yml"
    path.write_text(GOOD.replace("run: make lint", step))
    zizmor = Path(sys.executable).with_name("zizmor")
    done = subprocess.run([zizmor, "--offline", "--quiet", path], capture_output=True, check=False)
    assert (done.returncode == 0) == clean, done.stdout
