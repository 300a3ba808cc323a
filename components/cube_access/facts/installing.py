"""How the package comes onto a machine: from a checkout or a wheel, which no index has."""

from __future__ import annotations

NO_INDEX = (
    "from a checkout or a wheel (docs/package.md), never by its bare name: no index has it, and a "
    "stranger could take the name there"
)
"""Where from, as the end of a sentence."""


def command(extra: str = "") -> str:
    """What installs it, with the SDK of one warehouse; the folder is the reader's to fill in."""
    return f"pip install '<checkout>/components{f'[{extra}]' if extra else ''}'"
