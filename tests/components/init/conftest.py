"""A program, and the command in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from cube_access import cli
from tests.components.init.environments import ROOT, Init


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A checkout of this project, as far as the command looks at it."""
    (tmp_path / "Pulumi.yaml").write_text("name: cube-access\nruntime: {name: python}\n")
    (tmp_path / "policies/config").mkdir(parents=True)
    starts = tmp_path / "policies/starts"
    starts.mkdir()
    for name in ("development", "production"):
        (starts / f"{name}.json").write_text((ROOT / f"policies/starts/{name}.json").read_text())
    return tmp_path


@pytest.fixture
def init(program: Path, capsys: pytest.CaptureFixture[str]) -> Init:
    def run(*arguments: str, stack: str = "eu", **flags: str) -> tuple[int, str]:
        pairs = [f"--set={key}={value}" for key, value in flags.items()]
        code = cli.main(["init", "--cwd", str(program), "--stack", stack, *arguments, *pairs])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run
