"""The parts of a page that are written by what they describe: between two markers each."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"


def _parts(page: str, name: str) -> tuple[str, str, str]:
    text, begin, end = (DOCS / page).read_text(), f"<!-- {name} -->\n", f"<!-- /{name} -->"
    assert begin in text, f"docs/{page} has no block {name}"  # noqa: S101 - it is in this tree
    before, _, rest = text.partition(begin)
    block, _, after = rest.partition(end)
    return before + begin, block, end + after


def read_block(page: str, name: str) -> list[str]:
    return _parts(page, name)[1].splitlines()


def write_block(page: str, name: str, lines: Sequence[str]) -> None:
    before, _, after = _parts(page, name)
    (DOCS / page).write_text(before + "".join(f"{line}\n" for line in lines) + after)
