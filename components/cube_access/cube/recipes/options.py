"""For drivers with options that may be left out."""

from __future__ import annotations


def given(**options: str) -> dict[str, str]:
    """The options that are set: Cube takes even an empty one for a choice."""
    return {option: value for option, value in options.items() if value}
