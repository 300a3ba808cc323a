"""One sandbox and one pair of stacks for all the programs of a module. Not of the session: of two
sandboxes in one process, the later one's proxy would answer for both.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox import Sandbox
from tests.helpers import nothing_unknown
from tools.policy_stacks import Court
from tools.stacks import enter


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "/policies/stacks/" in str(item.path):
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="module")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("stacks") / "sandbox") as running:
        yield running
        nothing_unknown(running)


@pytest.fixture(scope="module")
def shared_court(shared_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Court:
    with pytest.MonkeyPatch.context() as patch:
        enter(shared_sandbox, patch)
        court = Court(tmp_path_factory.mktemp("court"))
    return court


@pytest.fixture
def court(shared_sandbox: Sandbox, shared_court: Court, monkeypatch: pytest.MonkeyPatch) -> Court:
    enter(shared_sandbox, monkeypatch)
    return shared_court
