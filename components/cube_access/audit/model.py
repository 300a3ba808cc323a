"""An audit: each rule of the pack, what it looked at, and what came of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cube_access.explained import ExplainedError

PASSED = "passed"
VIOLATED = "violated"
TOLD = "told"
"""By an advisory rule about the run: exceptions, writers, what no rule can see. It is no
violation.
"""
NOT_JUDGED = "could not judge"
NOTHING = "nothing to judge"
EXCEPTED = "excepted"
"""All that it looks at, by exceptions."""
OFF = "off"
STATUSES = (VIOLATED, NOT_JUDGED, TOLD, PASSED, EXCEPTED, NOTHING, OFF)
ABOUT_THE_RUN = "run"
UNKNOWNS = "unknowns-named"
"""The rule that tells of what no rule judges, or not in full."""
ADVISORY = "advisory"


class AuditError(ExplainedError):
    """No audit can be made; the text says why and what to do. Never holds a secret."""


@dataclass(frozen=True)
class Finding:
    """What one rule says of one resource."""

    resource: str
    """Its URN."""
    message: str
    """What is wrong; of what could not be judged, the property that is not known."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of the pack, in this run."""

    name: str
    subject: str
    description: str
    why: str
    fix: str
    url: str
    severity: str
    level: str
    """In force: advisory, mandatory, remediate or disabled."""
    off: bool
    references: Sequence[tuple[str, str]]
    """(framework, its number): what asks for this rule."""
    resources: Sequence[str] = ()
    """The URNs that it looked at."""
    excepted: Sequence[str] = ()
    """Those that an exception took out."""
    findings: Sequence[Finding] = ()
    unknown: Sequence[Finding] = ()
    """What it could not judge."""
    whole_stack: bool = False
    """Whether it judges how resources hang together: with one value hidden, it passes none."""

    @property
    def violated(self) -> int:
        """Resources."""
        return len({each.resource for each in self.findings})

    @property
    def not_judged(self) -> int:
        """Resources of which it knows nothing bad, and not all."""
        bad = {each.resource for each in self.findings}
        if self.unknown and self.whole_stack:
            return len(set(self.resources) - bad)
        return len({each.resource for each in self.unknown} - bad)

    @property
    def passed(self) -> int:
        """Resources."""
        return max(len(self.resources) - self.violated - self.not_judged, 0)

    @property
    def status(self) -> str:
        if self.off:
            return OFF
        if self.findings:
            told = self.subject == ABOUT_THE_RUN and not self.binds
            return TOLD if told else VIOLATED
        if self.unknown:
            return NOT_JUDGED
        if self.resources:
            return PASSED
        return EXCEPTED if self.excepted else NOTHING

    @property
    def binds(self) -> bool:
        """Whether a violation would stop a change."""
        return not self.off and self.level != ADVISORY

    @property
    def asked_for_by(self) -> list[str]:
        return [f"{framework} {number}" for framework, number in self.references]


@dataclass(frozen=True, kw_only=True)
class Audit:
    stack: str
    project: str
    time: datetime
    source: str
    """What was looked at: the stack, or a file that it was exported to."""
    pack: str
    """Name and version."""
    configuration: str
    """The pack's, by its path in the pack or by its name; empty: the pack's own defaults."""
    hides_secrets: bool
    """Whether what is secret in the state was hidden from the pack."""
    left_out: int
    """Resources that the engine showed to no rule: to be deleted, or under way in a run that ended.
    """
    program: str
    """The file of a repository that the findings are shown at."""
    version: str
    """Of cube-access."""
    resources: Sequence[str]
    """The URNs that the engine showed the pack."""
    rules: Sequence[Rule]
    exceptions: Sequence[dict[str, Any]]

    def count(self, status: str) -> int:
        return sum(rule.status == status for rule in self.rules)

    @property
    def violations(self) -> list[Rule]:
        """Rules that would stop a change."""
        return [rule for rule in self.rules if rule.binds and rule.findings]

    @property
    def open(self) -> list[Rule]:
        """Rules that would stop a change, and could not judge all."""
        return [rule for rule in self.rules if rule.binds and rule.unknown]

    @property
    def advice(self) -> list[Rule]:
        """Rules that are violated, and stop nothing."""
        return [rule for rule in self.rules if rule.status == VIOLATED and not rule.binds]

    @property
    def binds(self) -> bool:
        """Whether any rule would stop a change."""
        return any(rule.binds for rule in self.rules)

    @property
    def unseen(self) -> int:
        """Resources that no rule judges in full."""
        return sum(rule.violated for rule in self.rules if rule.name == UNKNOWNS)

    def document(self) -> dict[str, Any]:
        return {
            "stack": self.stack,
            "project": self.project,
            "time": self.time.isoformat(timespec="seconds"),
            "source": self.source,
            "pack": self.pack,
            "configuration": self.configuration or None,
            "secretsHidden": self.hides_secrets,
            "cubeAccess": self.version,
            "resources": len(self.resources),
            "leftOut": self.left_out,
            "summary": {status: self.count(status) for status in STATUSES},
            "rules": [_document(rule) for rule in self.rules],
            "exceptions": list(self.exceptions),
        }


def _document(rule: Rule) -> dict[str, Any]:
    return {
        "rule": rule.name,
        "subject": rule.subject,
        "holds": rule.description,
        "why": rule.why,
        "fix": rule.fix,
        "url": rule.url,
        "severity": rule.severity,
        "level": rule.level,
        "askedForBy": rule.asked_for_by,
        "status": rule.status,
        "judged": len(rule.resources),
        "passed": rule.passed,
        "violated": rule.violated,
        "couldNotJudge": rule.not_judged,
        "excepted": list(rule.excepted),
        "resources": list(rule.resources),
        "findings": [_finding(each) for each in rule.findings],
        "unknown": [_finding(each) for each in rule.unknown],
    }


def _finding(each: Finding) -> dict[str, str]:
    return {"resource": each.resource, "message": each.message}
