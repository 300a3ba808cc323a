"""For every test."""

import os
import signal
from collections.abc import Iterator

import pytest

from cube_access.databricks import client

# A shell that starts the tests in the background has Ctrl-C ignored, by them and by all that they
# start. The engine ends a plugin by that very signal, and waits for seconds where it is not heard.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The engine and its plugins live for seconds, a tenth of which they would spend on clearing up.
os.environ.setdefault("GOGC", "400")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slowest begin first: one of them at the end would keep a single process busy."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(autouse=True)
def _signed_in_by_nobody_else() -> Iterator[None]:
    """A client is kept for a process, and a test signs in to a sandbox of its own."""
    yield
    client.forget()
