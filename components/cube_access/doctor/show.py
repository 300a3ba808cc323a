"""A report for a person."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap

from cube_access.doctor.lines import Line, Report, Verdict

WORDS: dict[Verdict, str] = {"do": "TO DO", "unseen": "UNSEEN", "note": "note", "ok": "ok"}
COLOURS: dict[Verdict, str] = {"do": "1;33", "unseen": "1;35", "note": "2", "ok": "32"}
WIDTH, NARROWEST = 110, 60


def table(report: Report, *, colour: bool | None = None) -> str:
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR") if colour is None else colour
    width = max(min(shutil.get_terminal_size((WIDTH, 24)).columns, WIDTH), NARROWEST)
    body = [text for line in report.lines for text in _row(line, width, colour)]
    code = {0: "1;32", 1: "1;33"}.get(report.exit_code, "1;35")
    end = _paint(report.summary(), code, colour)
    return "\n".join([f"stack {report.stack}", "", *body, "", end])


def _row(line: Line, width: int, colour: bool) -> list[str]:
    text = f"{line.about}: {line.what}"
    parts = [
        part
        for each in text.splitlines()
        for part in textwrap.wrap(each, width - 9, break_long_words=False) or [""]
    ]
    word = f"{WORDS[line.verdict]:8}"
    first = f"{_paint(word, COLOURS[line.verdict], colour)} {parts[0]}"
    return [first, *(f"{'':8} {part}" for part in parts[1:])]


def _paint(text: str, code: str, colour: bool) -> str:
    return f"\033[{code}m{text}\033[0m" if colour else text
