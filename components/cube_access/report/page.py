"""The report as one HTML file: its parts, in their order. What a part is made of: html.py."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from cube_access.report import picture
from cube_access.report.html import bullets, code, document, header, section, table, wide
from cube_access.report.matrix import SIGNS, Line, headline, lines, plural
from cube_access.report.model import Reach, Report

ROWS = 30  # of an identity, that stand open where none changes


def render(report: Report) -> str:
    body = [
        _header(report),
        _alarms(report),
        _picture(report),
        _matrix(report),
        _reach(report),
        _settings(report),
        _verdicts(report),
        _cube_py(report),
        _new(report),
        _configuration(report),
        bullets("The program's warnings", report.warnings),
        _resources(report),
        bullets("What this report cannot know", report.unknown, standing=True),
    ]
    return document(f"Access report: {report.stack}", "".join(body))


def _sign(status: str) -> str:
    """For the eye a sign, for a screen reader the word."""
    return (
        f'<span class="sign {status}" title="{status}"><span aria-hidden="true">{SIGNS[status]}'
        f'</span><span class="unseen">{status}</span></span>'
    )


def _header(report: Report) -> str:
    bad = report.stops or report.violations
    kinds = ["bad" if bad else "", "warn" if report.disruptions or report.drift else ""]
    tone = next((kind for kind in kinds if kind), "good")
    chips = [(word.tone, word.text) for word in headline(report)]
    return header(f"Access report: {code(report.stack)}", tone, chips, report.compared)


def _alarms(report: Report) -> str:
    found = []
    if report.made_by:
        said = ", ".join(map(code, report.made_by))
        found.append(f"<b>It changes code that this report is made by</b>: {said}.")
    found += [
        f"<b>{code(each.rule)} as it was refuses</b> {code(each.resource or 'the stack')}, and "
        f"as it is proposed lets it through. {escape(each.message)}"
        for each in report.let_through
    ]
    found += [f"<b>It cannot be applied.</b> {escape(each)}" for each in report.stops]
    for each in report.disruptions:
        because = f" because of {', '.join(map(code, each.because))}" if each.because else ""
        locked = " (protected: the engine refuses)" if each.protected else ""
        found.append(f"<b>{code(each.what)} is {each.how}</b>{because}{locked}. {escape(each.hit)}")
    for verdict in report.violations:
        where = code(verdict.resource or "the stack")
        message = escape(verdict.message)
        found.append(f"<b>{code(verdict.rule)} is broken</b> by {where}. {message}")
    found += [f"<b>Not as declared:</b> {escape(each)}" for each in report.drift]
    if not found:
        return ""
    items = "".join(f"<li>{each}</li>" for each in found)
    return f'<section class="alarm" aria-label="To look at first"><ul>{items}</ul></section>\n'


def _picture(report: Report) -> str:
    drawn = picture.render(report)
    if not drawn:
        return ""
    legend = "".join(f"<li>{_sign(status)} {status}</li>" for status in SIGNS)
    hint = '<p class="hint">Move the picture sideways to see what is reached, on its right →</p>'
    body = f'<ul class="legend">{legend}</ul>{hint}{wide(drawn, "Who reaches what")}'
    return section("Who reaches what", body)


def _matrix(report: Report) -> str:
    every = lines(report)
    if not every:
        said = "Not known: it stops before that." if report.stops else "None, before or after."
        return section("Privileges", f"<p>{said}</p>\n")
    names = sorted({name for line in every for _, name in line.cells})
    parts = []
    moving = {(line.identity, line.via) for line in every if line.status != "kept"}
    everyone = dict.fromkeys((line.identity, line.via) for line in every)
    for who in sorted(everyone, key=lambda who: who not in moving):
        own = [line for line in every if (line.identity, line.via) == who]
        via = "".join(f" → {code(role)}" for role in who[1])
        heading = f"<h3>{code(who[0])}{via}</h3>"
        parts.append(
            f"{heading}\n{_rows(' → '.join((who[0], *who[1])), own, names, fold=bool(moving))}"
        )
    counts = [(report.count(s), s) for s in ("added", "removed", "kept")]
    count = ", ".join(f"{number} {status}" for number, status in counts)
    return section("Privileges", "".join(parts), count=count)


def _rows(who: str, own: Sequence[Line], names: Sequence[str], *, fold: bool) -> str:
    """What changes stands open. What is kept is folded where the report has a change to see, or
    where it is long.
    """
    changed = [line for line in own if line.status != "kept"]
    kept = [line for line in own if line.status == "kept"]
    shown = _matrix_table(f"Privileges of {who} that change", changed, names) if changed else ""
    if not kept:
        return shown
    body = _matrix_table(f"Privileges of {who} that are kept", kept, names)
    if not fold and len(kept) <= ROWS:
        return body
    return f"{shown}<details><summary>{len(kept)} kept</summary>\n{body}</details>\n"


def _matrix_table(caption: str, own: Sequence[Line], names: Sequence[str]) -> str:
    used = [name for name in names if any(name == cell for line in own for _, cell in line.cells)]
    head = ["", "securable", *map(escape, used)]
    return table(caption, head, [_matrix_row(line, used) for line in own], name=1)


def _matrix_row(line: Line, names: Sequence[str]) -> list[str]:
    cells = []
    for name in names:
        found = [status for status, cell in line.cells if cell == name]
        cells.append(" ".join(map(_sign, found)))
    return [_sign(line.status), code(f"{line.kind} {line.securable}"), *cells]


def _reach(report: Report) -> str:
    order = ["added", "removed", "kept"]
    listed = sorted(report.reach, key=lambda each: order.index(each.status))
    if not listed:
        return ""
    new = sum(each.status != "kept" for each in listed)
    shown, folded = (listed[:new], listed[new:]) if new else (listed, [])
    body = _reached("What is reached beyond that", shown)
    if folded:
        kept = _reached("What is still reached beyond that", folded)
        body += f"<details><summary>{len(folded)} kept</summary>\n{kept}</details>\n"
    return section(
        "Through inheritance, future grants and membership",
        body,
        count=plural(new, "change"),
        is_open=bool(new) and new <= ROWS,
    )


def _reached(caption: str, listed: Sequence[Reach]) -> str:
    rows = [[_sign(e.status), code(e.identity), escape(e.text)] for e in listed]
    return table(caption, ("", "identity", "what it reaches"), rows, name=1)


def _settings(report: Report) -> str:
    rows = [
        [escape(f"{e.subject}: {e.label}"), code(e.before), code(e.after)]
        for e in report.settings
        if not e.new
    ]
    said = "".join(f"<li>{escape(each)}</li>" for each in report.credentials)
    body = table("Changed settings", ("setting", "before", "after"), rows) if rows else ""
    body += f"<h3>Credentials</h3><ul>{said}</ul>\n" if said else ""
    return section("Sign-in, network, credentials", body) if body else ""


def _verdicts(report: Report) -> str:
    rows = [
        [escape(v.level), code(v.rule), code(v.resource or "the stack"), _lines(v.message)]
        for v in report.verdicts
    ]
    if not rows:
        return ""
    body = table("Verdicts", ("level", "rule", "resource", "message"), rows, name=1)
    return section("Policy pack", body, count=plural(len(rows), "verdict"))


def _lines(text: str) -> str:
    return "<br>".join(escape(line) for line in text.strip().splitlines())


def _cube_py(report: Report) -> str:
    if len(report.cube_py) == 1:
        return section("cube.py", f"<p>{escape(report.cube_py[0])}</p>\n")
    if not report.cube_py:
        return ""
    kinds = {"+": "added", "-": "removed", "@": "place"}
    text = "\n".join(
        f'<span class="{kinds.get(line[:1], "")}">{escape(line)}</span>' for line in report.cube_py
    )
    return section("cube.py", f'<pre class="diff">{text}</pre>\n')


def _new(report: Report) -> str:
    new = [each for each in report.settings if each.new]
    rows = [[escape(f"{each.subject}: {each.label}"), code(each.after)] for each in new]
    if not rows:
        return ""
    body = table("Settings of what is new", ("setting", "value"), rows)
    return section("Settings of what is new", body, count=str(len(rows)), is_open=False)


def _configuration(report: Report) -> str:
    rows = [[code(e.label), code(e.before), code(e.after)] for e in report.configuration]
    if not rows:
        return ""
    return section("Configuration", table("Changed keys", ("key", "before", "after"), rows))


def _resources(report: Report) -> str:
    parts = []
    for what, names in report.resources.items():
        items = "".join(f"<li>{code(name)}</li>" for name in names)
        parts.append(f"<h3>{escape(what)}</h3><ul>{items}</ul>\n")
    count = plural(sum(map(len, report.resources.values())), "change")
    return section("Resources", "".join(parts), count=count, is_open=False) if parts else ""
