"""Which calls a clean run makes, and which faults each of them gets.

Owns what counts as an effect, and how a call is found again in another run, whose ids are others.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from sandbox.journal import Request

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

QUERY = "/queries/v1/query-request"
READING = re.compile(rf"{QUERY} (SELECT|SHOW|DESCRIBE)\b", re.IGNORECASE)
# Of AWS, whose calls are all POST.
LOOKS = re.compile(r"/\w+\.(Get|Describe|List)\w+$")
# Signing in, and what the drivers send besides.
SESSION = re.compile(r"^/(session|oidc|telemetry|\.well-known)|/oidc/|abort-request")
# What differs from run to run, within one word: ids, marks, keys.
CHANGING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|\b\d{10,}\b|\b[0-9a-f]{16}\b|'[A-Za-z0-9+/=]{100,}'?"
)


@dataclass(frozen=True)
class Call:
    """One call of a run: the `ordinal`-th, from 0, of its shape."""

    host: str
    method: str
    shape: str
    """A regular expression of its path."""
    ordinal: int
    effect: bool

    @property
    def words(self) -> str:
        path = self.shape.replace(r"[^/' ]+", "*").replace("\\", "").rstrip("$")
        path = path.replace(f"{QUERY} ", "")[:110]
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


def shape(path: str) -> str:
    """A pattern for the same call in any run."""
    parts = CHANGING.split(path)
    return r"[^/' ]+".join(re.escape(part) for part in parts) + ("" if len(path) >= 300 else "$")


def has_effect(call: Request) -> bool:
    if SESSION.search(call.path):
        return False
    if call.path.startswith(QUERY):
        return not READING.match(call.path)
    if call.host.endswith("amazonaws.com"):
        return not LOOKS.search(call.path)
    return call.method != "GET"


def calls(journal: Iterable[Request]) -> list[Call]:
    """Every call with an effect, and one of each shape that reads."""
    seen: Counter[tuple[str, str, str]] = Counter()
    found = []
    for each in journal:
        pattern = shape(each.path)
        key = each.host, each.method, pattern
        effect = has_effect(each)
        if effect or key not in seen:
            found.append(Call(each.host, each.method, pattern, seen[key], effect))
        seen[key] += 1
    return found


def cases(warehouse: str, run: Run, found: Iterable[Call]) -> Iterator[Case]:
    for call in found:
        for mode in AT_EFFECTS if call.effect else AT_READS:
            yield Case(warehouse, run, call, mode)
