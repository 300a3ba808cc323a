"""What this pack is, as JSON: for a program that reports on a run of it.

Usage, in the pack's folder: python -m rules.describe < question.json, where the question is
{"types": [...], "config": {...}}: the types of a stack's resources, and the pack's configuration.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from pulumi_policy import EnforcementLevel

from . import exceptions
from .catalogue import RULES
from .kinds import kind_of
from .rule import Rule
from .strict import ALL

LEVEL = "enforcementLevel"


def _level(rule: Rule, config: Mapping[str, Any]) -> str:
    """The level in force, as the engine decides it: the rule's own, else that of all."""
    for name in (rule.name, ALL):
        said = config.get(name)
        level = said.get(LEVEL) if isinstance(said, Mapping) else said
        if isinstance(level, str):
            return level
    return rule.level.value


def _rule(rule: Rule, types: Sequence[str], config: Mapping[str, Any]) -> dict[str, Any]:
    level = _level(rule, config)
    return {
        "name": rule.name,
        "subject": rule.subject,
        "description": rule.description,
        "why": rule.why,
        "fix": rule.fix,
        "url": rule.url,
        "severity": rule.severity.value,
        "level": level,
        "off": level == EnforcementLevel.DISABLED.value,
        "references": [{"framework": name, "number": number} for name, number in rule.references],
        "whole_stack": rule.stack_check is not None,
        "types": [each for each in types if rule.looks_at({kind_of(each)})],
    }


def described(types: Sequence[str], config: Mapping[str, Any]) -> dict[str, Any]:
    """Each rule with the level that is in force and the types that it looks at, and the exceptions
    that apply.
    """
    said = config.get(exceptions.LIST)
    entries = exceptions.given(said) if isinstance(said, Mapping) else []
    return {
        "rules": [_rule(rule, types, config) for rule in RULES],
        "exceptions": [dict(entry.given) for entry in entries if not entry.problem()],
    }


if __name__ == "__main__":
    question = json.load(sys.stdin)
    json.dump(described(question["types"], question["config"]), sys.stdout)
