"""Which of many are tried."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

Each = TypeVar("Each")


def sample(found: Sequence[Each], most: int) -> list[Each]:
    """Spread over the whole, and the same at every run."""
    if len(found) <= most:
        return list(found)
    return [found[number * len(found) // most] for number in range(most)]
