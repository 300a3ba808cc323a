"""A role's set of privileges among the other resources of a stack: whose role it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.policies.cases.types import ROLE_PRIVILEGES, ROLE_PRIVILEGES_GOOD, snowflake
from tests.policies.harness import Resource, judge_stack, rules_of, secret
from tests.policies.test_stack_rules import NAMED_ONLY, UNKNOWN, given, only, role


def privileges(role: str = "CUBE_PROD", *texts: str, **more: Any) -> Resource:
    made_of = more.pop("made_of", {})
    props = {**ROLE_PRIVILEGES_GOOD, "role": role, **more}
    if texts:
        props["privileges"] = dict.fromkeys(texts, "granted")
    return Resource(type=ROLE_PRIVILEGES, props=props, name="all", made_of=made_of)


def database_role(name: str) -> Resource:
    return Resource(
        type=snowflake("DatabaseRole"), props={"database": "SALES", "name": name}, name="reader"
    )


IN_DATABASE = {"roleKind": "DATABASE ROLE"}
READER = 'USAGE ON DATABASE ROLE "SALES"."READER"'


@pytest.mark.parametrize(
    "stack",
    [
        [role("CUBE_PROD"), privileges()],
        [role("CUBE_PROD"), database_role("READER"), privileges("CUBE_PROD", READER)],
        [database_role("READER"), privileges('"SALES"."READER"', **IN_DATABASE)],
        [role('a "b"'), privileges('a "b"')],
    ],
)
def test_a_set_of_privileges_is_of_a_role_of_the_stack(stack: list[Resource]) -> None:
    assert judge_stack(stack) == []


def test_a_set_of_privileges_may_be_of_a_role_that_has_no_name_yet() -> None:
    for own in (role(UNKNOWN), role("CUBE_PROD")):
        known_later = privileges(UNKNOWN, made_of={"role": [own]})
        assert judge_stack([own, known_later]) == []
    unnamed = database_role(UNKNOWN)
    member = privileges("CUBE_PROD", READER, made_of={"privileges": [unnamed]})
    assert judge_stack([role("CUBE_PROD"), unnamed, member]) == []


@pytest.mark.parametrize(
    ("stack", "shown"),
    [
        ([role("CUBE_PROD"), privileges("ANALYST")], "of ANALYST"),
        ([role("cube_prod"), privileges()], "of CUBE_PROD"),
        ([role("SALES"), privileges('"SALES"."READER"', **IN_DATABASE)], '"SALES"."READER"'),
        ([role("CUBE_PROD"), privileges("CUBE_PROD", READER)], READER),
        (
            [
                role("CUBE_PROD"),
                privileges("ANALYST", made_of={"role": [role("CUBE_PROD")]}),
            ],
            "of ANALYST",
        ),
    ],
)
def test_a_set_of_privileges_of_a_role_of_others_is_refused(
    stack: list[Resource], shown: str
) -> None:
    (said,) = only(judge_stack(stack), "role-privileges-own-role")
    assert shown in said.message
    hidden = replace(stack[-1], props={**stack[-1].props, "role": secret("ANALYST")})
    (said,) = only(judge_stack([role("CUBE_PROD"), hidden]), "role-privileges-own-role")[:1]
    assert "ANALYST" not in said.message


def test_a_set_of_privileges_of_a_role_that_comes_from_elsewhere_is_refused() -> None:
    said = judge_stack([role("CUBE_PROD"), privileges(UNKNOWN)])
    assert rules_of(said) == {"role-privileges-own-role", "unknowns-named"}
    assert "a role that is not known yet" in said[0].message


def test_a_membership_in_a_set_is_a_link_of_a_chain() -> None:
    link = privileges("CUBE_PROD", 'USAGE ON ROLE "B"')
    chain = [role("CUBE_PROD"), link, given("ACCOUNTADMIN", "B")]
    said = only(judge_stack(chain, NAMED_ONLY), "admin-roles-unreachable")
    assert [each.urn for each in said] == [link.urn]
