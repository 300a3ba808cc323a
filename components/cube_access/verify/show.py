"""A report for a person: one table."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import textwrap

from cube_access.verify.findings import DEPLOYER, EVERYBODY, UNCHECKED, Line, Report, Verdict

WORDS: dict[Verdict, str] = {
    "extra": "EXTRA", "lack": "LACKS", "unseen": "UNSEEN", "note": "note", "ok": "ok",
}  # fmt: skip
COLOURS: dict[Verdict, str] = {
    "extra": "1;31", "lack": "1;33", "unseen": "1;35", "note": "2", "ok": "32",
}  # fmt: skip
WIDTH, NARROWEST = 110, 60


def table(report: Report, *, colour: bool | None = None) -> str:
    colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR") if colour is None else colour
    width = max(min(shutil.get_terminal_size((WIDTH, 24)).columns, WIDTH), NARROWEST)
    looked = f", and {report.deployer} (deployer) looked" if report.deployer else ""
    who = f"{report.identity} of {report.account} signed in{looked}"
    if not report.signed_in:
        who = f"{report.deployer} looked at {report.identity} of {report.account}"
    head = [
        f"stack {report.stack}: {who}",
        f"at {report.verified_at}",
        "",
    ]
    order = list(WORDS)
    lines = sorted(report.lines, key=lambda line: order.index(line.verdict))
    body = [text for line in lines for text in _row(line, report, width, colour)]
    return "\n".join([*head, *body, "", _paint(report.summary(), _colour(report), colour)])


def _row(line: Line, report: Report, width: int, colour: bool) -> list[str]:
    shown = f"{line.shown}{', deployer' if line.by == DEPLOYER else ''}"
    what = line.what
    accepted = line.verdict in ("extra", "unseen") and report.accepts(line)
    if line.through in EVERYBODY:
        what += f" [comes to everybody, through {line.through}{', accepted' if accepted else ''}]"
    elif accepted:
        what += " [accepted]"
    room = width - 9 - 26
    parts = textwrap.wrap(what, room, break_long_words=False) or [""]
    first = f"{WORDS[line.verdict]:8} {parts[0]:{room}}  {shown}"
    rows = [first.rstrip(), *(f"{'':8} {part}" for part in parts[1:])]
    # Whole, however long: it is to be copied.
    if line.fix and line.verdict in ("extra", "lack", "unseen"):
        rows += [f"{'':8}   {each}" for each in line.fix.splitlines()]
    hint = line.hint
    if line.name and not accepted:
        hint = f"{hint} To accept that it was not seen: --accept {shlex.quote(line.name)}".strip()
    told = textwrap.wrap(hint, width - 11, break_long_words=False, break_on_hyphens=False)
    rows += [f"{'':8}   {each}" for each in told]
    word = WORDS[line.verdict]
    rows[0] = rows[0].replace(word, _paint(word, COLOURS[line.verdict], colour), 1)
    return rows


def _colour(report: Report) -> str:
    return {0: "1;32", UNCHECKED: "1;35"}.get(report.exit_code, "1;31")


def _paint(text: str, code: str, colour: bool) -> str:
    return f"\033[{code}m{text}\033[0m" if colour else text
