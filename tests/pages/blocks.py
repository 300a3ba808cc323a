"""What a page shows as code: each block, and what a reader would type of it."""

from __future__ import annotations

import functools
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]
COMMENT = re.compile(r"\s+# .*$")


@dataclass(frozen=True)
class Block:
    page: str
    text: str

    @property
    def lines(self) -> list[str]:
        """What is typed: each with its continuation, without what a `#` says about it."""
        whole = re.sub(r"\s*\\\n\s*", " ", self.text)
        return [line for each in whole.splitlines() if (line := COMMENT.sub("", each).strip())]


def pages() -> list[str]:
    listed = ["git", "ls-files", "*.md", ":!tests"]
    return subprocess.check_output(listed, cwd=ROOT, text=True).splitlines()


def read(page: str, text: str) -> Iterator[Block]:
    for token in MarkdownIt("commonmark").parse(text):
        if token.type in ("fence", "code_block"):
            yield Block(page, token.content)


@functools.cache
def blocks() -> tuple[Block, ...]:
    """Of every page, in their order."""
    return tuple(
        block for page in pages() for block in read(page, (ROOT / page).read_text(encoding="utf-8"))
    )


def block(page: str, begin: str) -> Block:
    """The one of that page whose first line is this, or else begins like it."""
    mine = [each for each in blocks() if each.page == page]
    found = [each for each in mine if each.lines[0] == begin] or [
        each for each in mine if each.lines[0].startswith(begin)
    ]
    assert len(found) == 1, f"{page} has {len(found)} blocks that begin with {begin!r}"
    return found[0]
