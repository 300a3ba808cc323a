"""The real engine and the real plugins on the sandbox. Each test gets its own clouds and its own
state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import Sandbox
from tests.helpers import nothing_unknown
from tools.stacks import Stack, enter, example


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/integration/" in str(item.path):
            item.add_marker(pytest.mark.integration)


@pytest.fixture
def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox(tmp_path / "sandbox") as running:
        enter(running, monkeypatch)
        yield running
        nothing_unknown(running)


@pytest.fixture(scope="session")
def base_config() -> dict[str, Any]:
    """What a stack starts from; each warehouse's folder says its own."""
    return example("sandbox-databricks")


@pytest.fixture
def make_stack(
    sandbox: Sandbox, tmp_path: Path, base_config: dict[str, Any]
) -> Callable[..., Stack]:
    def make(name: str = "dev", **config: Any) -> Stack:
        stack = Stack(sandbox, tmp_path / "project", name, base_config)
        stack.set(**config)
        return stack

    return make


@pytest.fixture
def stack(make_stack: Callable[..., Stack]) -> Stack:
    return make_stack()


@pytest.fixture(scope="module")
def applied(
    tmp_path_factory: pytest.TempPathFactory, base_config: dict[str, Any]
) -> Iterator[Stack]:
    """One environment, applied once for the tests of a module that only look."""
    folder = tmp_path_factory.mktemp("applied")
    with Sandbox(folder / "sandbox") as running, pytest.MonkeyPatch.context() as patch:
        enter(running, patch)
        stack = Stack(running, folder / "project", "dev", base_config)
        stack.apply()
        yield stack
        nothing_unknown(running)
