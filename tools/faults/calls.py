"""Which calls a clean run makes, and which faults each of them gets.

Owns what counts as an effect, and how a call is found again in another run, whose ids are others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from sandbox.journal import Request
from sandbox.snowflake import LABEL_CHARACTERS

Run = Literal["up", "refresh", "rotation", "destroy"]
RUNS: tuple[Run, ...] = ("up", "refresh", "rotation", "destroy")
AT_EFFECTS = (
    "error-before",
    "error-after",
    "lost-answer",
    "reset",
    "hang",
    "kill-engine",
    "kill-session",
)
AT_READS = ("error-before", "reset", "kill-session")
# By what they have found: a mode that nobody waits for comes last.
FIRST = ("kill-session", "lost-answer", "reset", "error-after", "kill-engine", "error-before")

QUERY = "/queries/v1/query-request"
READING = re.compile(rf"{QUERY} (SELECT|SHOW|DESCRIBE)\b", re.IGNORECASE)
# Of AWS, whose calls are all POST.
LOOKS = re.compile(r"/\w+\.(Get|Describe|List)\w+$")
# Signing in, and what the drivers send besides.
SESSION = re.compile(r"^/(session|oidc|telemetry|\.well-known)|/oidc/|abort-request")
# Statements that a run makes many of, each alike but for its names.
ALIKE = re.compile(rf"{QUERY} (GRANT|REVOKE)\b", re.IGNORECASE)
NAME = re.compile(r'"(?:[^"]|"")*"(?:\."(?:[^"]|"")*")*')
# What differs from run to run, within one word: ids, marks, keys.
CHANGING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|\b\d{10,}\b|\b[0-9a-f]{16}\b|'[A-Za-z0-9+/=]{100,}'?"
)


@dataclass(frozen=True)
class Call:
    """One call of a run: the `ordinal`-th, from 0, of its shape; of statements that differ in
    their names only, of that shape.
    """

    host: str
    method: str
    shape: str
    """A regular expression of its path."""
    ordinal: int
    effect: bool

    @property
    def words(self) -> str:
        path = self.shape.replace(ANY_NAME, "*").replace(ANY_WORD, "*").removesuffix("$")
        path = re.sub(r"\\(.)", r"\1", path).replace(f"{QUERY} ", "")[:110]
        if self.host.startswith("accounts."):
            path = f"accounts{path}"
        return f"{self.method} {path}" + (f" #{self.ordinal + 1}" if self.ordinal else "")


@dataclass(frozen=True)
class Case:
    """One fault in one run."""

    warehouse: str
    run: Run
    call: Call
    mode: str

    @property
    def name(self) -> str:
        return f"{self.warehouse} {self.run} {self.mode}: {self.call.words}"


ANY_WORD, ANY_NAME = r"[^/' ]+", '".+"'


def shape(path: str) -> str:
    """A pattern for the same call in any run."""
    changing, any_ = (NAME, ANY_NAME) if ALIKE.match(path) else (CHANGING, ANY_WORD)
    # A label that was cut short may end within a mark or a key.
    whole = len(path) < LABEL_CHARACTERS
    parts = changing.split(path if whole else path.rpartition(" ")[0])
    return any_.join(re.escape(part) for part in parts) + ("$" if whole else "")


def has_effect(call: Request) -> bool:
    if SESSION.search(call.path):
        return False
    if call.path.startswith(QUERY):
        return not READING.match(call.path)
    if call.host.endswith("amazonaws.com"):
        return not LOOKS.search(call.path)
    return call.method != "GET"


def calls(journal: Iterable[Request], *, every: bool = False) -> list[Call]:
    """What is hit: the first and the last of each shape.

    Args:
        every: all with an effect, and of those that read the first and the last.
    """
    shapes: dict[tuple[str, str, str], list[bool]] = {}
    for each in journal:
        if each.path.startswith("/telemetry"):
            continue
        shapes.setdefault((each.host, each.method, shape(each.path)), []).append(has_effect(each))
    found = []
    for (host, method, pattern), effects in shapes.items():
        last = len(effects) - 1
        chosen = range(last + 1) if every and effects[0] else sorted({0, last})
        found += [Call(host, method, pattern, each, effects[0]) for each in chosen]
    return found


def cases(warehouse: str, run: Run, found: Iterable[Call]) -> list[Case]:
    return [Case(warehouse, run, call, mode) for call in found for mode in _modes(run, call)]


def _modes(run: Run, call: Call) -> Sequence[str]:
    if call.effect:
        return AT_EFFECTS
    if call.ordinal == 0:
        return AT_READS
    # The last one of an `up` is often a plugin's look at what it has just made.
    return AT_READS[:1] if run == "up" else ()


def rank(case: Case) -> tuple[bool, int]:
    """What is played first: effects, by the modes that have found most."""
    return not case.call.effect, [*FIRST, *AT_EFFECTS].index(case.mode)
