"""A module beside the program does not stand in for a package that the pack needs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from policies.rules.library import library

RULES = Path(__file__).parents[2] / "policies"
LOAD = "from rules.library import library; print(library('yaml').safe_load('a: 1'))"


@pytest.mark.parametrize("before", ["", "import yaml; "], ids=["not yet", "loaded already"])
def test_a_module_beside_the_program_is_not_taken(tmp_path: Path, before: str) -> None:
    (tmp_path / "yaml.py").write_text("# imported in place of the library\n")
    done = subprocess.run(
        [sys.executable, "-c", before + LOAD],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(RULES)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("{'a': 1}\n", "")


def test_a_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        library("no_such_package")
