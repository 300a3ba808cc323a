"""What the pack says of a recording: every resource on its own, then the stack."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from tests.policies.harness import Resource, Said, judge, judge_stack, secret
from tools.policy_corpus import Recorded, Recording, Secret, Unknown

PROD = Path(__file__).parents[2] / "policies/starts/production.json"
RIGHT, OTHER, MISSED = "by the right rule", "by another", "missed"


@cache
def production() -> dict[str, Any]:
    """The configuration that a team starts with."""
    found: dict[str, Any] = json.loads(PROD.read_text(encoding="utf-8"))
    return found


def said_of(recording: Recording) -> list[Said]:
    """As in production, with the limits that the recording's team has set."""
    config = {**production(), **recording.config}
    resources = resources_of(recording.resources)
    said = [each for resource in resources for each in judge(resource, config)]
    return said + judge_stack(resources, config)


def verdict(recording: Recording, said: Sequence[Said]) -> str:
    """How a hostile recording was caught. Only what fails a preview counts, but for the rules that
    tell where no rule looked.
    """
    right = [each for each in said if each.rule == recording.rule and not stumbled(each)]
    if any(each.level == "mandatory" or recording.rule in TELLING for each in right):
        return RIGHT
    return OTHER if any(each.level == "mandatory" for each in said) else MISSED


def stumbled(said: Said) -> bool:
    """Whether the rule only says that it cannot read an input: it saw nothing of what is wrong."""
    return "cannot be judged: an input is not of the type" in said.message


TELLING = frozenset({"unknowns-named"})


def alarms(said: Sequence[Said]) -> list[Said]:
    """What stops a team."""
    return [each for each in said if each.level == "mandatory"]


def resources_of(recorded: Sequence[Recorded]) -> list[Resource]:
    """As the engine shows them to the pack."""
    made: dict[str, Resource] = {}
    for each in recorded:
        props = {key: _sent(value) for key, value in each.props.items()}
        sources = {
            key: [made[name] for name in names if name in made]
            for key, names in each.comes_from.items()
        }
        made[each.name] = Resource(
            type=each.type, props=props, name=each.name, protect=each.protect, made_of=sources
        )
    return list(made.values())


def _sent(value: Any) -> Any:
    """The engine sends secrets and unknown values by a sign."""
    if isinstance(value, Secret):
        return secret(str.__str__(value))
    if isinstance(value, Unknown):
        return UNKNOWN_STRING_VALUE
    if isinstance(value, Mapping):
        return {key: _sent(inside) for key, inside in value.items()}
    return [_sent(inside) for inside in value] if isinstance(value, list) else value
