"""What tests of several folders do: load cube.py, look at the journal, hear what is said.

The stack that they do it with is `tools/stacks.py`'s.
"""

from __future__ import annotations

import runpy
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cube_access.provider.voice import Voice
from sandbox import Sandbox


class Heard(Voice):
    """Keeps the warnings."""

    def __init__(self) -> None:
        super().__init__()
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)


def nothing_unknown(sandbox: Sandbox) -> None:
    unknown = [f"{each.method} {each.host}{each.path}" for each in sandbox.journal.unknown]
    assert not unknown, f"the sandbox does not emulate: {unknown}"


def driver_factory(
    outputs: dict[str, Any], patch: pytest.MonkeyPatch, folder: Path
) -> Callable[[Any], dict[str, Any]]:
    """The stack's cube.py, loaded as Cube loads it and with its environment around it."""
    found: dict[str, Callable[[Any], Any]] = {}
    module = types.ModuleType("cube")
    module.config = lambda name: lambda function: found.setdefault(name, function)  # type: ignore[attr-defined]
    patch.setitem(sys.modules, "cube", module)
    for name, value in outputs["cube_env"].items():
        patch.setenv(name, value)
    (folder / "cube.py").write_text(outputs["cube_py"])
    runpy.run_path(str(folder / "cube.py"))
    return found["driver_factory"]
