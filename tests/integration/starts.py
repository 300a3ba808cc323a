"""Where tests begin: each starting point is made once, and every test gets a copy of it.

Copies hold what depends on the place: the state's own URL, and the key that the deployer signs in
with. So all sandboxes of a run have one home, one after the other.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox
from tests.helpers import nothing_unknown
from tools.faults.clouds import Clouds
from tools.stacks import Saved, Stack

KEY = "SNOWFLAKE_PRIVATE_KEY"


@dataclass(frozen=True)
class _Applied:
    clouds: Clouds
    stack: Saved
    key: str


class Starts:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._home = folder / "home"
        self._begun: dict[str, Saved] = {}
        self._applied: dict[str, _Applied] = {}

    def empty_home(self) -> Path:
        """Of the next sandbox: nothing is left of the one before but its CA."""
        for entry in self._home.glob("*"):
            if entry.name != "ca":
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        return self._home

    def stack(self, sandbox: Sandbox, folder: Path, name: str, config: dict[str, Any]) -> Stack:
        """One that was initialized, and no more."""
        others = any(sandbox.home.joinpath("state").iterdir())
        stack = Stack(
            sandbox, folder, name, config, begun=None if others else self._begun.get(name)
        )
        if not others and name not in self._begun:
            self._begun[name] = Saved(stack, self._new())
        stack.config = dict(config)
        stack.write_config()
        return stack

    def apply(self, stack: Stack, patch: pytest.MonkeyPatch) -> None:
        """The stack's first `up`, or a copy of what it came to in a test before.

        The journal begins after it.
        """
        wanted = json.dumps([stack.name, stack.config], sort_keys=True)
        if found := self._applied.get(wanted):
            found.stack.put_back(stack)
            found.clouds.put_back(stack.sandbox)
            for environment in (stack.sandbox.env, stack.environment):
                environment[KEY] = found.key
            patch.setenv(KEY, found.key)
            return
        stack.apply()
        nothing_unknown(stack.sandbox)
        stack.sandbox.journal.clear()
        key = stack.environment[KEY]
        self._applied[wanted] = _Applied(Clouds(stack.sandbox), Saved(stack, self._new()), key)

    def _new(self) -> Path:
        return self._folder / str(len(self._begun) + len(self._applied))
