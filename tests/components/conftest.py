"""What every unit test of the package stands on."""

from __future__ import annotations

import asyncio

import pytest

LOOP = asyncio.new_event_loop()


@pytest.fixture(autouse=True)
def _loop() -> None:
    """The SDK's outputs want the main thread's event loop, and `asyncio.run` takes it away."""
    asyncio.set_event_loop(LOOP)
