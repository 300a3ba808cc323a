"""The parts of docs/cube.md that are written by what they describe: between two markers each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs/cube.md"


def _parts(name: str) -> tuple[str, str, str]:
    text, begin, end = PAGE.read_text(), f"<!-- {name} -->\n", f"<!-- /{name} -->"
    assert begin in text, f"{PAGE.name} has no block {name}"
    before, _, rest = text.partition(begin)
    block, _, after = rest.partition(end)
    return before + begin, block, end + after


def read_block(name: str) -> list[str]:
    return _parts(name)[1].splitlines()


def write_block(name: str, lines: Sequence[str]) -> None:
    before, _, after = _parts(name)
    PAGE.write_text(before + "".join(f"{line}\n" for line in lines) + after)
