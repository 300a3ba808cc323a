"""Each rule: what is as it should be passes, one property changed for the worse does not, and what
is not known or secret neither passes in silence nor is shown.
"""

from __future__ import annotations

from typing import Any

import pytest

from policies.rules.catalogue import RULES
from policies.rules.kinds import kind_of
from policies.rules.values import leaves
from tests.policies.cases import (
    giving,
    grantees,
    grants,
    hygiene,
    identity,
    issuers,
    oauth,
    privileges,
    secrets,
    sets,
)
from tests.policies.cases.case import Case, Changed
from tests.policies.cases.types import databricks, snowflake
from tests.policies.harness import Resource, Said, judge, rules_of, secret
from tools.policy_corpus import recordings

CASES = [
    *grants.CASES,
    *grantees.CASES,
    *privileges.CASES,
    *sets.CASES,
    *giving.CASES,
    *issuers.CASES,
    *oauth.CASES,
    *identity.CASES,
    *secrets.CASES,
    *hygiene.CASES,
]
A_DAY = {"lifetimeSeconds": 86_400.0}
REFUSED_ALWAYS = {"credentials-not-tokens"}
TELL_OF_THE_CONFIGURATION = {"exceptions-listed", "writers-listed"}
ELSEWHERE = "random:index/randomPet:RandomPet"


def each(what: str) -> list[Any]:
    """Every entry of that list of every case, called by the rule's name."""
    return [
        pytest.param(case, entry, id=f"{case.rule}-{number}-{index}")
        for number, case in enumerate(CASES)
        for index, entry in enumerate(getattr(case, what))
    ]


def said_of(case: Case, changed: Changed) -> list[Said]:
    return judge(case.resource(changed), case.config or None)


@pytest.mark.parametrize(
    ("rule", "resource"),
    [
        ("grants-additive", Resource(type=snowflake("GrantOwnership"))),
        ("grants-additive", Resource(type=snowflake("RoleOwnershipGrant"))),
        (
            "grants-to-somebody",
            Resource(
                type=snowflake("GrantPrivilegesToShare"),
                props={"toShare": "S", "privileges": ["USAGE"], "onDatabase": "SALES"},
            ),
        ),
        ("users-are-services", Resource(type=snowflake("LegacyServiceUser"))),
        ("credentials-not-tokens", Resource(type=databricks("OboToken"), props=A_DAY)),
        ("credentials-not-tokens", Resource(type=databricks("Token"), props=A_DAY)),
        ("credentials-not-tokens", Resource(type=snowflake("UserProgrammaticAccessToken"))),
    ],
    ids=lambda value: value if isinstance(value, str) else value.type.rsplit(":", 1)[-1],
)
def test_some_things_are_refused_whatever_they_say(rule: str, resource: Resource) -> None:
    said = judge(resource)
    assert rules_of(said) == {rule}
    assert len(said[0].message.splitlines()) == 3


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_what_is_as_it_should_be_passes_without_a_word(case: Case) -> None:
    assert said_of(case, {}) == []


@pytest.mark.parametrize(("case", "changed"), each("fine"))
def test_what_is_as_good_passes_without_a_word(case: Case, changed: Changed) -> None:
    assert said_of(case, changed) == []


@pytest.mark.parametrize(("case", "broken"), each("breaks"))
def test_one_property_for_the_worse_breaks_the_rule(
    case: Case, broken: tuple[Changed, str]
) -> None:
    changed, shown = broken
    said = said_of(case, changed)
    assert rules_of(said) == {case.rule, *case.also}
    message = next(each.message for each in said if each.rule == case.rule)
    assert shown in message, "the value is named"
    assert len(message.splitlines()) == 3, "what the rule holds, what is wrong, how to fix it"


@pytest.mark.parametrize(("case", "changed"), each("unknown"))
def test_what_is_not_known_yet_is_said_and_fails_nothing(case: Case, changed: Changed) -> None:
    said = [each for each in said_of(case, changed) if each.rule == case.rule]
    assert [each.level for each in said] == ["advisory"]
    assert "can't be known during preview" in said[0].message


@pytest.mark.parametrize(("case", "changed"), each("waits"))
def test_what_this_stack_is_about_to_make_passes_without_a_word(
    case: Case, changed: Changed
) -> None:
    assert said_of(case, changed) == []


def hidden(value: Any) -> Any:
    """With every string a secret."""
    if isinstance(value, dict):
        return {key: hidden(inside) for key, inside in value.items()}
    if isinstance(value, list):
        return [hidden(inside) for inside in value]
    return secret(value) if isinstance(value, str) else value


@pytest.mark.parametrize(
    ("case", "broken"),
    [entry for entry in each("breaks") if entry.values[0].not_text],
)
def test_a_secret_is_judged_and_not_shown(case: Case, broken: tuple[Changed, str]) -> None:
    changed, _ = broken
    resource = case.resource(changed)
    props = {key: hidden(value) for key, value in resource.props.items()}
    covered = Resource(**{**vars(resource), "props": props})
    said = [each for each in judge(covered, case.config or None) if each.rule == case.rule]
    assert said, "the rule reads what is secret"
    for _, _, value in leaves(changed):
        if isinstance(value, str) and len(value) > 7:
            assert value not in said[0].message.split("\n")[1], "a secret is not shown"


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.check], ids=lambda rule: rule.name)
def test_a_resource_that_is_none_of_its_business_is_left_alone(rule: Any) -> None:
    other = Resource(type=ELSEWHERE, props={"prefix": "x"}, protect=False)
    assert judge(other) == []
    if rule.kinds is not None:
        assert kind_of(ELSEWHERE) not in rule.kinds


def test_every_resource_rule_has_a_case() -> None:
    assert {case.rule for case in CASES} | REFUSED_ALWAYS == {
        rule.name for rule in RULES if rule.check
    }


def test_every_stack_rule_catches_a_hostile_stack() -> None:
    """tests/policies/test_corpora.py holds that each is caught. Two rules only tell what the
    configuration allows, and have their tests in test_run.py.
    """
    caught = {recording.rule for recording in recordings("hostile")}
    assert {rule.name for rule in RULES if rule.stack_check} <= caught | TELL_OF_THE_CONFIGURATION
