"""What was looked at: one line each, ok or with what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from cube_access.explained import ExplainedError
from cube_access.trouble import Cloud, Kind, told, trouble

Verdict = Literal["do", "unseen", "note", "ok"]
"""To be done before an `up`; could not be looked at; good to know; as it should be."""
ALL_IS_WELL, TO_DO, UNSEEN = 0, 1, 2
"""Exit codes."""
# Trouble that says nothing of whether an `up` would meet it.
PASSING: tuple[Kind, ...] = ("rate", "transport", "other")


@dataclass(frozen=True, kw_only=True)
class Line:
    about: str
    """What was looked at, such as `AWS`."""
    verdict: Verdict
    what: str
    """What was found and, where something is to be done, how."""


@dataclass(frozen=True, kw_only=True)
class Report:
    stack: str
    lines: Sequence[Line]

    @property
    def exit_code(self) -> int:
        verdicts = {line.verdict for line in self.lines}
        return TO_DO if "do" in verdicts else UNSEEN if "unseen" in verdicts else ALL_IS_WELL

    def summary(self) -> str:
        count = {v: sum(line.verdict == v for line in self.lines) for v in ("do", "unseen", "ok")}
        if not count["do"] and not count["unseen"]:
            return f"{count['ok']} ok: nothing that was looked at stands in the way of an up."
        return f"{count['do']} to do, {count['unseen']} not looked at, {count['ok']} ok"

    def as_json(self) -> dict[str, Any]:
        return {
            "stack": self.stack,
            "exitCode": self.exit_code,
            "lines": [asdict(line) for line in self.lines],
        }


def ok(about: str, what: str) -> Line:
    return Line(about=about, verdict="ok", what=what)


def do(about: str, what: str) -> Line:
    return Line(about=about, verdict="do", what=what)


def note(about: str, what: str) -> Line:
    return Line(about=about, verdict="note", what=what)


def unseen(about: str, what: str) -> Line:
    return Line(about=about, verdict="unseen", what=what)


def asked(about: str, cloud: Cloud, question: Callable[[], Iterable[Line]]) -> list[Line]:
    """The lines of one question, or the one that says why there are none."""
    try:
        return list(question())
    except ExplainedError as error:  # a setting that is not known here
        return [unseen(about, str(error))]
    except Exception as error:
        found = trouble(error)
        verdict: Verdict = "unseen" if found.kind in PASSING else "do"
        return [Line(about=about, verdict=verdict, what=told(cloud, found, about))]
