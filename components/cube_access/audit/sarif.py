"""The audit as SARIF 2.1.0, which GitHub's code scanning and other viewers show.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, and for what GitHub takes of it
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from cube_access.audit.model import STATUSES, TOLD, Audit, Finding, Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
# GitHub's scale: over 9.0 critical, 7.0 high, 4.0 medium.
SECURITY_SEVERITY = {"critical": 9.5, "high": 8.0, "medium": 5.5, "low": 2.0}
MEDIUM = SECURITY_SEVERITY["medium"]


def document(audit: Audit) -> dict[str, Any]:
    """What was violated is a result. What could not be judged, or is only told, is no result,
    since a viewer would take it for a violation: it is a notification of the run.
    """
    index = {rule.name: number for number, rule in enumerate(audit.rules)}
    run = {
        "tool": {"driver": _driver(audit)},
        "automationDetails": {"id": f"cube-access-audit/{audit.project}/{audit.stack}/"},
        "invocations": [_invocation(audit, index)],
        "results": [
            _result(audit, rule, index[rule.name], each)
            for rule in audit.rules
            if rule.status != TOLD
            for each in rule.findings
        ],
        "properties": {
            "stack": audit.stack,
            "project": audit.project,
            "source": audit.source,
            "pack": audit.pack,
            "configuration": audit.configuration,
            "secretsHidden": audit.hides_secrets,
            "resources": len(audit.resources),
            "summary": {status: audit.count(status) for status in STATUSES},
            "exceptions": list(audit.exceptions),
        },
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _driver(audit: Audit) -> dict[str, Any]:
    return {
        "name": "cube-access audit",
        "version": audit.version,
        "rules": [_rule(rule) for rule in audit.rules],
    }


def _level(rule: Rule) -> str:
    """Of advice at most a warning, whatever the rule is about."""
    level = LEVELS.get(rule.severity, "warning")
    return "warning" if level == "error" and not rule.binds else level


def _severity(rule: Rule) -> str:
    """Of advice at most that of a warning: a viewer that goes by this number would block on it."""
    severity = SECURITY_SEVERITY.get(rule.severity, MEDIUM)
    return f"{severity if rule.binds else min(severity, MEDIUM)}"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.name,
        "shortDescription": {"text": rule.description},
        "fullDescription": {"text": f"{rule.description} {rule.why}"},
        "help": {"text": f"{rule.why} {rule.fix}"},
        "helpUri": rule.url,
        "defaultConfiguration": {"enabled": not rule.off, "level": _level(rule)},
        "properties": {
            "tags": ["security", rule.subject, *rule.asked_for_by],
            "security-severity": _severity(rule),
            "level": rule.level,
            "status": rule.status,
            "judged": len(rule.resources),
            "passed": rule.passed,
            "violated": rule.violated,
            "couldNotJudge": rule.not_judged,
            "excepted": list(rule.excepted),
        },
    }


def _result(audit: Audit, rule: Rule, index: int, each: Finding) -> dict[str, Any]:
    fingerprint = hashlib.sha256(f"{rule.name}\n{each.resource}\n{each.message}".encode())
    return {
        "ruleId": rule.name,
        "ruleIndex": index,
        "level": _level(rule),
        "message": {"text": _plain(f"{_name(each.resource)}: {each.message} {rule.fix}")},
        "locations": [_location(audit, each.resource)],
        "partialFingerprints": {"ruleResourceMessage/v1": fingerprint.hexdigest()},
    }


def _location(audit: Audit, urn: str) -> dict[str, Any]:
    """A resource has no line of its own in a state: the program's file stands for it."""
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(audit.program)},
            "region": {"startLine": 1},
        },
        "logicalLocations": [{"name": _name(urn), "fullyQualifiedName": urn, "kind": "resource"}],
    }


def _invocation(audit: Audit, index: Mapping[str, int]) -> dict[str, Any]:
    unjudged = [
        _notification(audit, rule, index, each, "warning", "could not judge")
        for rule in audit.rules
        for each in rule.unknown
    ]
    told = [
        _notification(audit, rule, index, each, "note", "tells of")
        for rule in audit.rules
        if rule.status == TOLD
        for each in rule.findings
    ]
    return {
        "executionSuccessful": True,
        "endTimeUtc": audit.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "toolExecutionNotifications": [*unjudged, *told],
    }


def _notification(
    audit: Audit, rule: Rule, index: Mapping[str, int], each: Finding, level: str, what: str
) -> dict[str, Any]:
    text = f"{rule.name} {what} {_name(each.resource)}: {each.message}"
    return {
        "level": level,
        "message": {"text": _plain(text)},
        "associatedRule": {"id": rule.name, "index": index[rule.name]},
        "locations": [_location(audit, each.resource)],
    }


def _plain(text: str) -> str:
    """Without a link, since a name in brackets could lead elsewhere (section 3.11.6), and without a
    placeholder, which a viewer would fill in (3.11.5).
    """
    without_links = re.sub(r"([\\\[\]])", r"\\\1", text)
    return re.sub(r"([{}])", r"\1\1", without_links)


def _name(urn: str) -> str:
    return urn.rpartition("::")[2] or "the stack"
