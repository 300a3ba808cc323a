"""The corpora: each hostile stack is caught by the rule that it names, no normal one is stopped."""

from __future__ import annotations

import pytest

from policies.rules.catalogue import RULES
from tests.policies.corpora import RIGHT, alarms, said_of, verdict
from tools.policy_corpus import Recording, recordings

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


def test_a_hostile_stack_names_a_rule() -> None:
    assert {recording.rule for recording in HOSTILE} <= {rule.name for rule in RULES}
