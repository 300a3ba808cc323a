"""Writes the catalogue in docs/policies.md and the schema of policies/config/, both of the rules.

Usage: python -m tools.policy_catalogue [--check]; with --check it writes nothing, and fails if
either is out of date.
"""

from __future__ import annotations

import json
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

from policies.rules.catalogue import RULES
from policies.rules.rule import Rule
from policies.rules.strict import ALL

ROOT = Path(__file__).resolve().parents[1]
PAGE, SCHEMA = "docs/policies.md", "policies/config/schema.json"
MARK = "<!-- Below: written by `make docs` from policies/rules/. -->\n"
TITLES = {
    "oauth": "OAuth",
    "run": "About the run",
}
LEVELS = ["advisory", "mandatory", "remediate", "disabled"]


def _limits(rule: Rule) -> str:
    return "".join(
        f" `{name}` ({json.dumps(schema['default'])}): {schema['description']}"
        for name, schema in rule.limits.items()
    )


def _line(rule: Rule) -> str:
    kind = "stack" if rule.stack_check else "resource"
    level = "off" if rule.level.value == "disabled" else rule.level.value
    level += ", can remediate" if rule.remedy else ""
    references = ", ".join(f"{name} {number}" for name, number in rule.references)
    return (
        f"| [`{rule.name}`]({rule.url}) | {kind} | {level} | {rule.severity.value} | "
        f"{rule.description} {rule.why}{_limits(rule)} | {references} |"
    )


def catalogue() -> str:
    lines = []
    for subject, rules in groupby(RULES, key=lambda rule: rule.subject):
        lines += [
            "",
            f"### {TITLES.get(subject, subject.capitalize())}",
            "",
            "| rule | judges | level | severity | holds, why, limits (default) | asked for by |",
            "|---|---|---|---|---|---|",
            *(_line(rule) for rule in rules),
        ]
    return "\n".join(lines) + "\n"


def schema() -> dict[str, Any]:
    """Of a file for --policy-pack-config, as the engine reads it."""
    level = {"enum": LEVELS}
    configured = {
        rule.name: {
            "description": rule.description,
            "anyOf": [
                level,
                {
                    "type": "object",
                    "properties": {"enforcementLevel": level, **rule.limits},
                    "additionalProperties": False,
                },
            ],
        }
        for rule in RULES
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of cube-access's policy pack, for one environment",
        "type": "object",
        "properties": {ALL: level, **configured},
        "additionalProperties": False,
    }


def main(arguments: list[str]) -> int:
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    wanted = {
        PAGE: page.partition(MARK)[0] + MARK + catalogue(),
        SCHEMA: json.dumps(schema(), indent=2) + "\n",
    }
    there = {name: ROOT / name for name in wanted}
    stale = [
        name
        for name, path in there.items()
        if not path.exists() or path.read_text(encoding="utf-8") != wanted[name]
    ]
    for name in stale:
        if "--check" in arguments:
            print(f"{name} is out of date: run `make docs`", file=sys.stderr)
        else:
            there[name].write_text(wanted[name], encoding="utf-8")
            print(f"wrote {name}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
