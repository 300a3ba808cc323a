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
from tests.integration.starts import Starts
from tools.stacks import Stack, enter, example


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/integration/" in str(item.path):
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def starts(tmp_path_factory: pytest.TempPathFactory) -> Starts:
    return Starts(tmp_path_factory.mktemp("starts"))


@pytest.fixture
def sandbox(starts: Starts, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with Sandbox(starts.empty_home()) as running:
        enter(running, monkeypatch)
        yield running
        nothing_unknown(running)


@pytest.fixture(scope="session")
def base_config() -> dict[str, Any]:
    """What a stack starts from; each warehouse's folder says its own."""
    return example("sandbox-databricks")


@pytest.fixture
def make_stack(
    sandbox: Sandbox, tmp_path: Path, base_config: dict[str, Any], starts: Starts
) -> Callable[..., Stack]:
    def make(name: str = "dev", **config: Any) -> Stack:
        stack = starts.stack(sandbox, tmp_path / "project", name, base_config)
        stack.set(**config)
        return stack

    return make


@pytest.fixture
def stack(make_stack: Callable[..., Stack]) -> Stack:
    return make_stack()


@pytest.fixture
def make_applied(
    make_stack: Callable[..., Stack], starts: Starts, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Stack]:
    """An environment of one's own that was applied: each configuration's `up` is run once.

    The clouds are then as that `up` left them; what a test prepared before is gone.
    """

    def make(**config: Any) -> Stack:
        stack = make_stack(**config)
        starts.apply(stack, monkeypatch)
        return stack

    return make


@pytest.fixture
def applied_copy(make_applied: Callable[..., Stack]) -> Stack:
    """An environment as configured at first, applied, to be changed."""
    return make_applied()


@pytest.fixture(scope="module")
def applied(
    tmp_path_factory: pytest.TempPathFactory, base_config: dict[str, Any], starts: Starts
) -> Iterator[Stack]:
    """One environment, applied once for the tests of a module that only look."""
    folder = tmp_path_factory.mktemp("applied")
    with Sandbox(starts.empty_home()) as running, pytest.MonkeyPatch.context() as patch:
        enter(running, patch)
        stack = starts.stack(running, folder / "project", "dev", base_config)
        starts.apply(stack, patch)
        yield stack
        nothing_unknown(running)
