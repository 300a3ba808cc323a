"""The report as a comment on a pull request: one screen, and details folded.

Every text in it may come from a stranger's pull request. Names stand in code spans; sentences have
each character that Markdown or HTML reads written as an entity, and mentions broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from cube_access.report.matrix import SIGNS, Line, headline, lines, plural
from cube_access.report.model import Report, Setting

ROWS = 12  # that stand open; the rest is folded
FOLDED_ROWS = 150
DIFF_LINES = 250
EXCEPTIONS = "exceptions-listed"  # the rule that lists the exceptions in force
LIMIT = 60_000  # characters; GitHub's own is 65,536
ALARM_CHARACTERS = 7_000  # of each of six kinds

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>|~&^$!]|(?<=www)\.|:(?=//)|^\W|(?<=^\d)[.)]", re.I)
_JOINER = "\u2060"  # no width: "@name" and "#1" become text


def _entity(found: re.Match[str]) -> str:
    return f"&#{ord(found[0])};"


def prose(text: str) -> str:
    """A sentence as nothing but text."""
    line = re.sub(r"([@#])", rf"\1{_JOINER}", " ".join(text.split()))
    line = re.sub(r"^\d+(?=[.)])", lambda found: f"{_JOINER}{found[0]}", line)
    return _SPECIAL.sub(_entity, line)


def code(text: str) -> str:
    """A name as it is, also in a table."""
    line = " ".join(text.split()) or " "
    if re.search(r"[`|]", line):
        # A code span would end here, or the table's cell.
        return f"<code>{re.sub(r'[^a-zA-Z0-9 ]', _entity, line)}</code>"
    return f"`{line}`"


def block(text_lines: Iterable[str], language: str = "") -> str:
    text = "\n".join(text_lines)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]], limit: int) -> str:
    shown = [f"| {' | '.join(row)} |" for row in rows[:limit]]
    more = len(rows) - len(shown)
    rest = [f"\n… and {more} more: in the HTML and JSON report."] if more else []
    ruler = "|".join("---" for _ in head)
    return "\n".join([f"| {' | '.join(head)} |", f"|{ruler}|", *shown, *rest])


def folded(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def render(report: Report) -> str:
    """The comment. Its first line finds it again."""
    top = [
        # Not escaped: whoever looks for it knows the stack's name, in which no mark-up can be.
        f"<!-- cube-access report: {re.sub(r'[^A-Za-z0-9_./-]', '?', report.stack)} -->\n"
        f"### Access report: {code(report.stack)}",
        " · ".join(f"**{word.text}**" for word in headline(report)),
        *_alarms(report),
        *_notes(report),
    ]
    parts = [
        *_access(report),
        *_settings(report),
        *_beyond(report),
        *_folded(report),
        f"<sub>{prose(report.compared)}</sub>",
    ]
    text = "\n\n".join([*top, *parts]) + "\n"
    if len(text) > LIMIT:
        # Said on top, and never the alarms. Whole parts only: a cut table or fence would swallow
        # what follows.
        top.append("**Parts are left out here for their length:** see the HTML and JSON report.")
        while len(text) > LIMIT and len(parts) > 1:
            parts.pop(-2)
            text = "\n\n".join([*top, *parts]) + "\n"
    return text


def _alarms(report: Report) -> list[str]:
    # Each kind has its own rows: many of one do not hide another.
    kinds = [
        [_made_by(report)] if report.made_by else [],
        [
            f"**{_name(each.rule)} as it was refuses** {_name(each.resource or 'the stack')}, and "
            f"as it is proposed lets it through. {_words(_last_lines(each.message))}"
            for each in report.let_through
        ],
        [f"**It cannot be applied.** {_words(each)}" for each in report.stops],
        [
            f"**{_name(each.what)} is {each.how}**"
            + (f" because of {', '.join(map(_name, each.because[:4]))}" if each.because else "")
            + (" (protected: the engine refuses)" if each.protected else "")
            + f". {prose(each.hit)}"
            for each in report.disruptions
        ],
        [
            f"**{_name(each.rule)} is broken** by {_name(each.resource or 'the stack')}. "
            f"{_words(_last_lines(each.message))}"
            for each in report.violations
        ],
    ]
    rows = [row for found in kinds for row in _rows(found)]
    return ["\n".join(["> [!CAUTION]", *rows])] if rows else []


def _rows(found: Sequence[str]) -> list[str]:
    """Of one kind of alarm. However long they are, some of each kind fit into a comment."""
    shown: list[str] = []
    for each in found[:ROWS]:
        if shown and sum(map(len, shown)) + len(each) > ALARM_CHARACTERS:
            break
        shown.append(f"> - {each}")
    more = len(found) - len(shown)
    rest = [f"> - … and {more} more: in the HTML and JSON report."] if more else []
    return [*shown, *rest]


def _made_by(report: Report) -> str:
    more = len(report.made_by) - ROWS
    said = ", ".join(map(_name, report.made_by[:ROWS])) + (f" and {more} more" if more > 0 else "")
    return f"**It changes code that this report is made by**, so read that first: {said}."


def _name(text: str) -> str:
    return code(shortened(text, 200))


def _words(text: str) -> str:
    return prose(shortened(text, 800))


def shortened(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"


def _notes(report: Report) -> list[str]:
    """What is no violation and still for the reviewer to know."""
    found = [
        f"{code(each.rule)}: {_words(_last_lines(each.message))}"
        for each in report.verdicts
        if each.rule == EXCEPTIONS
    ]
    found += [f"**Not as declared:** {_words(each)}" for each in report.drift]
    rows = _rows(found)
    return ["\n".join(["> [!WARNING]", *rows])] if rows else []


def _last_lines(message: str) -> str:
    """What is wrong: the engine puts the rule's description first."""
    said = [line for line in message.splitlines() if line.strip()]
    return " ".join(said[1:] or said)


def _row(line: Line) -> list[str]:
    who = code(line.identity) + "".join(f" → {code(role)}" for role in line.via)
    cells = [
        (f"{SIGNS[status]} " if line.status == "changed" else "") + code(name)
        for status, name in line.cells
    ]
    return [SIGNS[line.status], who, code(f"{line.kind} {line.securable}"), "<br>".join(cells)]


HEAD = ("", "identity", "securable", "privilege")


def _access(report: Report) -> list[str]:
    every = lines(report)
    changed = [line for line in every if line.status != "kept"]
    parts = []
    if changed:
        parts.append(table(HEAD, [_row(line) for line in changed[:ROWS]], ROWS))
        if rest := changed[ROWS:]:
            title = f"{plural(len(rest), 'more changed line')}"
            parts.append(folded(title, table(HEAD, [_row(line) for line in rest], FOLDED_ROWS)))
    elif every:
        parts.append("No privilege is added or removed.")
    return parts


def _beyond(report: Report) -> list[str]:
    parts = []
    new = [each for each in report.reach if each.status != "kept"]
    if new:
        rows = [[SIGNS[each.status], code(each.identity), prose(each.text)] for each in new]
        title = "Reached through inheritance, future grants and membership: "
        body = table(("", "identity", "what it reaches"), rows, FOLDED_ROWS)
        parts.append(folded(title + plural(len(new), "change"), body))
    kept = [line for line in lines(report) if line.status == "kept"]
    if kept:
        body = table(HEAD, [_row(line) for line in kept], FOLDED_ROWS)
        parts.append(folded(f"Kept: {plural(len(kept), 'line')}", body))
    return parts


def _setting(each: Setting) -> list[str]:
    return [
        prose(f"{each.subject}: {each.label}"),
        code(each.before) if each.before else "",
        code(each.after),
    ]


def _settings(report: Report) -> list[str]:
    changed = [each for each in report.settings if not each.new]
    parts = []
    if changed:
        parts.append(table(("setting", "before", "after"), [_setting(e) for e in changed], ROWS))
    if report.credentials:
        said = [f"- {prose(each)}" for each in report.credentials]
        parts.append("**Credentials**\n\n" + "\n".join(said))
    return parts


def _folded(report: Report) -> list[str]:
    parts = []
    if report.verdicts:
        rows = [
            [code(v.level), code(v.rule), code(v.resource or "the stack"), prose(v.message)]
            for v in report.verdicts
        ]
        body = table(("level", "rule", "resource", "message"), rows, FOLDED_ROWS)
        parts.append(folded(f"Policy pack: {plural(len(rows), 'verdict')}", body))
    if len(report.cube_py) == 1:
        parts.append(f"cube.py: {prose(report.cube_py[0])}")
    elif report.cube_py:
        changed = [each for each in report.cube_py if not each.startswith(("+++", "---"))]
        added = sum(line.startswith("+") for line in changed)
        removed = sum(line.startswith("-") for line in changed)
        body = block(report.cube_py[:DIFF_LINES], "diff")
        if len(report.cube_py) > DIFF_LINES:
            body += f"\n\n… and {len(report.cube_py) - DIFF_LINES} more lines."
        parts.append(folded(f"cube.py: {added} lines added, {removed} removed", body))
    if new := [each for each in report.settings if each.new]:
        rows = [[prose(f"{e.subject}: {e.label}"), code(e.after)] for e in new]
        body = table(("setting", "value"), rows, FOLDED_ROWS)
        parts.append(folded(f"Settings of what is new: {len(new)}", body))
    if report.configuration:
        rows = [[code(e.label), code(e.before), code(e.after)] for e in report.configuration]
        body = table(("key", "before", "after"), rows, FOLDED_ROWS)
        parts.append(folded(f"Configuration: {plural(len(rows), 'change')}", body))
    if report.warnings:
        said = "\n".join(f"- {prose(each)}" for each in report.warnings)
        parts.append(folded(f"The program's {plural(len(report.warnings), 'warning')}", said))
    if report.resources:
        said = "\n".join(
            f"- {what}: {', '.join(map(code, names[:FOLDED_ROWS]))}"
            for what, names in report.resources.items()
        )
        count = sum(map(len, report.resources.values()))
        parts.append(folded(f"Resources: {plural(count, 'change')}", said))
    said = "\n".join(f"- {prose(each)}" for each in report.unknown)
    parts.append(folded("What this report cannot know", said))
    return parts
