"""The matrix in the shape that people read: a line for each identity and securable."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from cube_access.report.model import Privilege, Report, Status

SIGNS: dict[str, str] = {"added": "+", "removed": "\u2212", "kept": "=", "changed": "±"}

KINDS = (
    "application role",
    "database role",
    "service principal",
    "group",
    "member",
    "principal",
    "role",
    "share",
    "user",
)


def parts(identity: str) -> tuple[str, str]:
    """Kind and name."""
    kind = next((kind for kind in KINDS if identity.startswith(f"{kind} ")), "")
    return kind, identity.removeprefix(kind).strip()


@dataclass(frozen=True)
class Line:
    """What one identity holds on one securable, and in which way."""

    identity: str
    via: tuple[str, ...]
    kind: str
    securable: str
    cells: tuple[tuple[Status, str], ...]
    """Privileges with what becomes of them."""

    @property
    def status(self) -> str:
        found = {status for status, _ in self.cells}
        return found.pop() if len(found) == 1 else "changed"


def lines(report: Report) -> list[Line]:
    """In the order of identities, then securables."""
    grouped: dict[tuple[str, tuple[str, ...], str, str], list[Privilege]] = {}
    for each in report.privileges:
        key = each.identity, each.via, each.kind, each.securable
        grouped.setdefault(key, []).append(each)
    found = [Line(*key, _cells(each)) for key, each in grouped.items()]
    return sorted(found, key=lambda line: (line.identity, line.via, line.securable, line.kind))


def _cells(privileges: Iterable[Privilege]) -> tuple[tuple[Status, str], ...]:
    named: dict[tuple[Status, str], dict[str, list[str]]] = {}
    for each in privileges:
        word, _, what = each.scope.partition(" ")
        name = f"{each.privilege} WITH GRANT OPTION" if each.option else each.privilege
        named.setdefault((each.status, name), {}).setdefault(word, []).append(what)
    cells: list[tuple[Status, str]] = []
    for (status, name), scopes in named.items():
        if "" in scopes:
            cells.append((status, name))
        now, later = (sorted(scopes.get(word, ())) for word in ("all", "future"))
        if now and now == later:
            cells.append((status, f"{name} on all and future {', '.join(now)}"))
        else:
            cells += [
                (status, f"{name} on {word} {', '.join(what)}")
                for word, what in (("all", now), ("future", later))
                if what
            ]
        if inherited := sorted(scopes.get("inherited", ())):
            cells.append((status, f"{name} inherited by {', '.join(inherited)}"))
    return tuple(sorted(cells, key=lambda cell: (cell[1], cell[0])))


class Word(NamedTuple):
    """A part of the headline."""

    text: str
    tone: Literal["bad", "warn", "change", ""] = ""
    """How much it asks for attention; empty: not at all."""


def headline(report: Report) -> list[Word]:
    """The report in a few words."""
    added, removed, kept = (report.count(status) for status in ("added", "removed", "kept"))
    changes = [f"{added} added" if added else "", f"{removed} removed" if removed else ""]
    changed = ", ".join(each for each in changes if each) or "none added or removed"
    settings = sum(not each.new for each in report.settings)
    hit = len(report.disruptions)
    advice = len(report.verdicts) - len(report.violations)
    count = len(report.violations)
    verdict = f"policy pack: {plural(count, 'violation') if count else 'no violation'}"
    if not report.judged:
        verdict = "not judged by a policy pack"
    if report.stops and not report.privileges:
        return [Word("cannot be applied", "bad"), Word(verdict, "bad" if count else "")]
    let = len(report.let_through)
    tone: Literal["bad", "warn", ""] = "bad" if count else "" if report.judged else "warn"
    words = [
        Word(f"a changed policy pack lets {let} through" if let else "", "bad"),
        Word("cannot be applied" if report.stops else "", "bad"),
        Word(f"privileges: {changed}, {kept} kept", "change" if added or removed else ""),
        Word(f"{plural(settings, 'setting')} changed", "change")
        if settings
        else Word("no setting changed"),
        Word(plural(hit, "disruption"), "warn") if hit else Word("no disruption"),
        Word(f"{verdict}, {plural(advice, 'advice')}" if advice else verdict, tone),
    ]
    return [word for word in words if word.text]


def plural(count: int, word: str) -> str:
    return f"{count} {word}{'s' if count != 1 and word != 'advice' else ''}"
