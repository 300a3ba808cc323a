"""Exceptions: one rule does not judge one resource, for a written reason, an owner and an end.

They stand in one list in the configuration, under `exceptions-listed`; `servicer.py` hands it to
every rule. The rule of that name, in `run.py`, prints the list in every run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from . import writers

LIST = "exceptions-listed"
KEY = "exceptions"
LISTS = (LIST, writers.LIST)
FIELDS = ("rule", "resource", "reason", "owner", "expires")
LEAST_REASON = 10
"""Characters: "ok" is no reason."""
LONGEST_DAYS = 366
"""From today: one that outlives everybody who knows its reason is a rule that is off."""


@dataclass(frozen=True)
class Entry:
    given: Mapping[str, Any]

    def __getattr__(self, name: str) -> str:
        return str(self.given.get(name, "")).strip()

    def problem(self, today: date | None = None) -> str:
        """Why it does not apply; empty if it does."""
        missing = [name for name in FIELDS if not isinstance(self.given.get(name), str)]
        missing += [name for name in FIELDS if name not in missing and not getattr(self, name)]
        if missing:
            return f"has no {', '.join(missing)}"
        if unknown := sorted(set(self.given) - set(FIELDS)):
            return f"has {', '.join(unknown)}, which means nothing here"
        if not self.resource.startswith("urn:pulumi:") or "*" in self.resource:
            return "names no single resource: give its URN (pulumi stack --show-urns)"
        if self.rule in LISTS:
            return "is for the list itself, which every run shows"
        if len(self.reason) < LEAST_REASON:
            return f"gives {self.reason!r} for a reason: say why, so that a reviewer can judge it"
        try:
            end = date.fromisoformat(self.expires)
        except ValueError:
            return f"expires {self.expires!r}, which is no date: write it as 2027-01-31"
        now = today or datetime.now(UTC).date()
        if end < now:
            return f"expired on {end}"
        if end - now > timedelta(days=LONGEST_DAYS):
            return f"expires on {end}, and {LONGEST_DAYS} days from today are the most"
        return ""


def given(config: Mapping[str, Any]) -> list[Entry]:
    entries = config.get(KEY) or ()
    return [Entry(entry if isinstance(entry, Mapping) else {}) for entry in entries]


def excepted(config: Mapping[str, Any], rule: str, urn: str | None) -> bool:
    """Whether the rule leaves the resource alone."""
    return bool(config.get(KEY)) and any(
        each.rule == rule and each.resource == urn and not each.problem() for each in given(config)
    )
