"""A property can be anything: a number for a name, a list for a flag. No rule ends the preview with
an error, and none takes what it cannot read for good.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from policies.rules.catalogue import RULES
from tests.policies.cases.case import Case
from tests.policies.harness import Resource, judge, judge_stack, rules_of, secret
from tests.policies.test_every_rule import CASES

KINDS = {case.type: case for case in CASES}
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False, width=16)
    | st.text(max_size=8)
    | st.just(UNKNOWN_STRING_VALUE)
    | st.just(secret("planted")),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["groupName", "privileges", "key", "x"]), inner, max_size=2
        )
    ),
    max_leaves=4,
)


@settings(max_examples=120, deadline=None)
@given(case=st.sampled_from(list(KINDS.values())), data=st.data())
def test_any_value_of_any_property_is_judged_without_an_error(case: Case, data: Any) -> None:
    keys = sorted({*case.good, *(key for change, _ in case.breaks for key in change)})
    key = data.draw(st.sampled_from([each for each in keys if not each.startswith("(")] or ["x"]))
    props = {**case.good, key: data.draw(VALUES)}
    resource = case.resource(props)
    judge(resource)
    judge_stack([resource], {"service-users-network-policy": "disabled"})


@pytest.mark.parametrize("value", [7.0, True, {"a": "b"}, ["a"]])
def test_what_cannot_be_read_is_not_taken_for_good(value: Any) -> None:
    said = judge(Resource(type=CASES[0].type, props={**CASES[0].good, "privileges": [value]}))
    assert rules_of(said, "mandatory") == {"grants-read-only"}
    assert "cannot be judged" in said[0].message


def test_numbers_for_names_are_names() -> None:
    assignment = Resource(
        type="databricks:index/mwsPermissionAssignment:MwsPermissionAssignment",
        props={"workspaceId": 1.0, "principalId": 2.0, "permissions": ["USER"]},
    )
    assert judge(assignment) == []
    assert judge_stack([assignment]) == []
    assert len(RULES) > 40
