"""A stack on the sandbox's Databricks, and a look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cube_access.verify.databricks import client
from cube_access.verify.databricks.verification import verify
from cube_access.verify.findings import Line, Report
from sandbox import Sandbox
from tests.components.verify.databricks_by_hand import apply
from tests.helpers import nothing_unknown
from tests.integration.verify.databricks_clouds import Clouds
from tools.stacks import enter


class World:
    """A sandbox with a stack in it, and a look at it."""

    def __init__(self, sandbox: Sandbox, **changes: Any) -> None:
        self.sandbox = sandbox
        self.deployed, self.settings = apply(sandbox, **changes)
        self.clouds = Clouds(sandbox)
        self.signed_in = False

    def look(self, *, as_deployer: bool = True) -> list[Line]:
        lines, self.signed_in = verify(
            self.deployed, self.settings, as_deployer=as_deployer, step=lambda _: None
        )
        return lines

    def exit_code(self, lines: list[Line]) -> int:
        return Report(
            stack="dev",
            component="cube",
            warehouse="databricks",
            account="",
            identity="",
            deployer="",
            verified_at="",
            lines=lines,
        ).exit_code


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sandbox")


@pytest.fixture
def make(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., World]]:
    monkeypatch.setattr(client, "RETRY_SECONDS", 1)
    with Sandbox(home) as box:
        enter(box, monkeypatch)
        yield lambda **changes: World(box, **changes)
        nothing_unknown(box)


@pytest.fixture
def world(make: Callable[..., World]) -> World:
    return make()
