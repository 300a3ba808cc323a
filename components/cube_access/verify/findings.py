"""What a verification found: one line a fact, and what the whole of them means.

Owns the words and the exit code. It knows no warehouse.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from cube_access.facts.principals import ACCOUNT_USERS, PUBLIC, USERS

Verdict = Literal["ok", "extra", "lack", "unseen", "note"]
"""As declared; more than that; less; what could not be looked at; harmless, and not ours."""
Shown = Literal["tried", "grants", "effective permissions", "settings"]
SERVICE_ACCOUNT, DEPLOYER, PERSON = "service account", "deployer", "person"
REFRESH = "pulumi up --refresh"
"""A fix: for what is gone, and for nothing else."""
EVERYBODY = (PUBLIC, ACCOUNT_USERS, USERS)
"""What these hold comes to every identity, ours included: nothing of ours grants or revokes it."""
CLEAN, FINDINGS, UNCHECKED = 0, 1, 2


@dataclass(frozen=True, kw_only=True)
class Line:
    verdict: Verdict
    what: str
    shown: Shown
    by: str
    """Whose sign-in showed it."""
    through: str = ""
    """The role or group that it comes through; empty if our own identity holds it."""
    holder: str = ""
    """Who else holds a power over our objects; empty if the line is about our own identity."""
    fix: str = ""
    """What takes an extra away, brings a lack back or lets it be seen: statements or a command, one
    a line, to be run in this order. Nothing else: a program may run it."""
    hint: str = ""
    """Where to look, or what to do, where no statement does it: a sentence."""
    name: str = ""
    """Of what was not seen: by which who verifies can accept that; empty if that cannot be."""


@dataclass(frozen=True, kw_only=True)
class Report:
    stack: str
    component: str
    """Its name in the program."""
    warehouse: str
    account: str
    identity: str
    deployer: str
    """Who looked, as whom or by what they sign in; empty if only the service account, or a person,
    did."""
    verified_at: str
    """UTC, RFC 3339."""
    lines: Sequence[Line]
    accept_everybody: bool = False
    """Whether what comes through EVERYBODY is listed, but is no finding."""
    accepted: Sequence[str] = ()
    """Roles that administer, too, by the word of who verifies: what they may do is listed, but is
    no finding. What our own identity has of them is one."""
    unseen: Sequence[str] = ()
    """Names of what may stay unseen, by the word of who verifies; a place stands for all that is
    in it. It is listed, and never called as declared."""
    signed_in: bool = True
    """Whether `identity` did."""
    limits: str = ""
    """What this way of verifying leaves unproven, in a few words; empty if nothing by its kind."""

    def counted(self, line: Line) -> bool:
        """Whether the line is a finding."""
        if line.verdict == "lack":
            return True
        return line.verdict == "extra" and not self.accepts(line)

    def accepts(self, line: Line) -> bool:
        """Whether who verifies has said that this may be so."""
        if line.verdict == "unseen":
            return any(covers(each, line.name) for each in self.unseen)
        everybody = self.accept_everybody and line.through in EVERYBODY
        return everybody or line.holder in self.accepted

    @property
    def exit_code(self) -> int:
        if any(self.counted(line) for line in self.lines):
            return FINDINGS
        unseen = any(line.verdict == "unseen" and not self.accepts(line) for line in self.lines)
        return UNCHECKED if unseen or not self.lines else CLEAN

    def summary(self) -> str:
        count = Counter(line.verdict for line in self.lines)
        words = {CLEAN: "as declared", FINDINGS: "not as declared", UNCHECKED: "not all checked"}
        parts = [f"{count['ok']} ok"]
        parts += [f"{count['extra']} extra"] if count["extra"] else []
        parts += [f"{count['lack']} lacking"] if count["lack"] else []
        parts += [f"{count['unseen']} not seen"] if count["unseen"] else []
        parts += [f"{count['note']} noted"] if count["note"] else []
        limits = f"; {self.limits}" if self.limits else ""
        names = [
            line.name for line in self.lines if line.verdict == "unseen" and self.accepts(line)
        ]
        if names:
            limits += f"; accepted without being seen: {', '.join(dict.fromkeys(names))}"
        return f"{words[self.exit_code]}: {', '.join(parts)}{limits}"

    def as_json(self) -> dict[str, Any]:
        head = {key: value for key, value in asdict(self).items() if key != "lines"}
        return {
            **head,
            "result": {CLEAN: "clean", FINDINGS: "findings", UNCHECKED: "unchecked"}[
                self.exit_code
            ],
            "exit_code": self.exit_code,
            "lines": [
                {**asdict(line), "counted": self.counted(line), "accepted": self.accepts(line)}
                for line in self.lines
            ],
        }


def covers(accepted: str, name: str) -> bool:
    """Whether a name that is accepted is this one, or a place that this one is in.

    `workspace:ID` and `manager:PRINCIPAL` are no places.
    """
    is_there = name.startswith(f"{accepted}.") and ":" not in accepted
    return bool(name) and (name == accepted or is_there)
