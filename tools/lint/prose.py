"""Fails where a line of prose in a Markdown file is longer than 100 columns, or is the row of a
table that fell out of it: after an empty line, or without the line of dashes, a row is prose.

Prose is what a paragraph, a list or a quotation has. Tables, code, headings and HTML are not; nor
is a line of one link or one code span and nothing else, because there is nowhere to break it.

Usage: python -m tools.lint.prose FILE...
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt

COLUMNS = 100
# What stands before the text of a line in a list or a quotation.
MARKERS = re.compile(r"(?:\s*(?:>|[-*+](?=\s)|\d+[.)](?=\s)))*\s*")
# A word, with the code spans and links in it: those are not broken.
WORD = re.compile(r"(?:`[^`]*`|!?\[[^\]]*\]\([^)]*\)|\S)+")


def paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Of each paragraph the first line, counted from 0, and the one after its last."""
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        if token.type == "paragraph_open" and token.map:
            yield token.map[0], token.map[1]


def mistakes(text: str) -> Iterator[tuple[int, str]]:
    """The lines, counted from 1, that could be broken and were not, or are no row and look so."""
    lines = text.splitlines()
    for start, end in paragraphs(text):
        for number in range(start, end):
            line = lines[number]
            begin = MARKERS.match(line).end()  # type: ignore[union-attr]
            if line.startswith("|", begin):
                yield number + 1, "a row that is in no table"
            elif len(line) > COLUMNS and len(WORD.findall(line, begin)) > 1:
                yield number + 1, f"prose of more than {COLUMNS} columns"


def main(names: list[str]) -> int:
    wrong = 0
    for name in names:
        for number, what in mistakes(Path(name).read_text(encoding="utf-8")):
            print(f"{name}:{number}: {what}", file=sys.stderr)
            wrong += 1
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
