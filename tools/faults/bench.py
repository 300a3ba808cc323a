"""Where the cases of one warehouse are played: a stack, and clouds of its own, that go back to a
starting point.

Owns the starting points. Each is made once: nothing is there yet, and the example's `up`.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox
from tools.faults.calls import Call, Run, calls
from tools.faults.clouds import Clouds
from tools.faults.world import Counts, counted
from tools.stacks import Saved, Stack, enter, example

CONFIGURATIONS = {"databricks": "sandbox-databricks", "snowflake": "sandbox-snowflake"}


@dataclass(frozen=True)
class Clean:
    """What a run comes to in which nothing goes wrong."""

    calls: list[Call]
    counts: Counts
    """What there is in the clouds afterwards."""
    resources: list[str]
    """What there is in the state; see `shape`."""


@dataclass(frozen=True)
class _Point:
    clouds: Clouds
    stack: Saved


class Bench:
    """Made by `bench`."""

    def __init__(self, stack: Stack, saved: Path) -> None:
        self.stack, self._saved = stack, saved
        self.nothing = counted(stack.sandbox)
        """What was there before the stack."""
        self._points = {"nothing": self._point("nothing")}

    def start(self, run: Run) -> None:
        """Goes to where a run begins."""
        if run == "up":
            self._go("nothing")
            return
        if "applied" not in self._points:
            self._go("nothing")
            self.stack.apply()
            self._points["applied"] = self._point("applied")
        self._go("applied")
        if run == "rotation":
            self.stack.set(credentialVersions=["v1", "v2"])

    def clean(self, run: Run, *, every: bool = False) -> Clean:
        """Plays a run in which nothing goes wrong."""
        self.start(run)
        self.stack.must(*command(run))
        found = calls(self.stack.sandbox.journal, every=every)
        if run == "refresh":
            self.stack.apply()
        return Clean(found, counted(self.stack.sandbox), shape(exported(self.stack)))

    def _point(self, name: str) -> _Point:
        return _Point(Clouds(self.stack.sandbox), Saved(self.stack, self._saved / name))

    def _go(self, name: str) -> None:
        point = self._points[name]
        point.stack.put_back(self.stack)
        point.clouds.put_back()


@contextmanager
def bench(warehouse: str) -> Iterator[Bench]:
    """A process has one at a time, as it has one sandbox."""
    with (
        tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as name,
        Sandbox(Path(name) / "sandbox") as sandbox,
        pytest.MonkeyPatch.context() as patch,
    ):
        enter(sandbox, patch)
        folder = Path(name)
        stack = Stack(sandbox, folder / "project", "dev", example(CONFIGURATIONS[warehouse]))
        yield Bench(stack, folder / "saved")


def command(run: Run) -> list[str]:
    word = "up" if run in ("up", "rotation") else run
    return [word, "--yes", "--skip-preview"]


def exported(stack: Stack) -> dict[str, Any]:
    """The state, with its secrets in plain."""
    return dict(json.loads(stack.export("--show-secrets"))["deployment"])


def outputs(deployment: dict[str, Any]) -> dict[str, Any]:
    """The stack's, in plain."""

    def plain(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        if "plaintext" in value:
            return json.loads(value["plaintext"])
        return {key: plain(each) for key, each in value.items()}

    states = deployment["resources"]
    own = next(each for each in states if each["type"] == "pulumi:pulumi:Stack")
    return dict(plain(own["outputs"]))


def shape(deployment: dict[str, Any]) -> list[str]:
    """What a state holds and what the engine does by it, without ids and values."""
    found = []
    for each in deployment.get("resources") or []:
        marks = [key for key in ("delete", "protect", "pendingReplacement") if each.get(key)]
        before = sorted(name(urn) for urn in each.get("dependencies") or [])
        found.append(f"{name(each['urn'])} {marks} after {before}")
    return sorted(found) + [
        f"pending: {each['type']} {name(each['resource']['urn'])}"
        for each in deployment.get("pending_operations") or []
    ]


def name(urn: str) -> str:
    return urn.rpartition("::")[2]
