"""The corpora: each hostile stack is caught by the rule that it names, no normal one is stopped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pulumi_policy.deserialize import SPECIAL_SIG_KEY

from policies.rules.catalogue import RULES
from tests.policies.corpora import RIGHT, alarms, said_of, stumbled, verdict
from tools.policy_corpus import Recording, Secret, Unknown, recordings

RULES_OF_PACK = Path(__file__).parents[2] / "policies/rules"
DISTINCT = 8
"""Letters of a value that no message has by chance."""
BEGINNING = re.compile(r"https?://[\w.-]+")
HOSTILE, NORMAL = recordings("hostile"), recordings("normal")


@pytest.mark.parametrize(
    "recording", HOSTILE, ids=lambda recording: f"{recording.name}-{recording.rule}"
)
def test_a_hostile_stack_is_caught_by_the_rule_that_it_names(recording: Recording) -> None:
    said = said_of(recording)
    assert verdict(recording, said) == RIGHT, [(each.rule, each.message) for each in said]


@pytest.mark.parametrize("recording", NORMAL, ids=lambda recording: recording.name)
def test_a_normal_stack_is_not_stopped(recording: Recording) -> None:
    assert alarms(said_of(recording)) == []


def test_the_corpora_are_as_large_as_they_are_said_to_be() -> None:
    assert len(HOSTILE) >= 250
    assert len(NORMAL) >= 60
    names = [recording.name for recording in [*HOSTILE, *NORMAL]]
    assert len(names) == len(set(names))


def _as_secrets(value: Any, planted: set[str]) -> Any:
    if isinstance(value, str):
        planted.add(str.__str__(value))
        return Secret(str.__str__(value))
    if isinstance(value, Mapping):
        # An asset is told by its sign.
        keep = SPECIAL_SIG_KEY in value
        return value if keep else {key: _as_secrets(each, planted) for key, each in value.items()}
    return [_as_secrets(each, planted) for each in value] if isinstance(value, list) else value


def test_no_rule_shows_what_is_secret() -> None:
    """Every value of every hostile stack as a Pulumi secret."""
    # Words that a rule knows it may say, and of an address the beginning.
    known = "".join(path.read_text().casefold() for path in RULES_OF_PACK.rglob("*.py"))
    shown = set()
    for recording in HOSTILE:
        planted: set[str] = set()
        hidden = [
            replace(each, props=_as_secrets(each.props, planted)) for each in recording.resources
        ]
        for said in said_of(replace(recording, resources=tuple(hidden), config={})):
            named = {each for each in planted if len(each) >= DISTINCT and each in said.message}
            shown |= {
                (said.rule, each)
                for each in named
                if each.casefold() not in known and not BEGINNING.fullmatch(each)
            }
    assert shown == set()


def test_no_rule_gives_up_at_a_property_that_is_not_known() -> None:
    """Each property of every stack in turn: a first preview knows few."""
    gave_up = set()
    for recording in [*HOSTILE, *NORMAL]:
        for at, made in enumerate(recording.resources):
            for key in made.props:
                resources = list(recording.resources)
                resources[at] = replace(made, props={**made.props, key: Unknown()})
                said = said_of(replace(recording, resources=tuple(resources)))
                gave_up |= {(each.rule, made.type, key) for each in said if stumbled(each)}
    assert gave_up == set()


def test_a_hostile_stack_names_a_rule() -> None:
    assert {recording.rule for recording in HOSTILE} <= {rule.name for rule in RULES}
