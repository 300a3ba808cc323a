"""What is said of the run itself: exceptions and writers are listed, or do not apply."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.policies.test_stack_rules import CHAIN, judge_stack, only

NEXT_MONTH = str(datetime.now(UTC).date() + timedelta(days=30))
EXCEPTION = {
    "rule": "admin-roles-unreachable",
    "resource": CHAIN[-1].urn,
    "reason": "break-glass account, see runbook 7",
    "owner": "platform@example.com",
    "expires": NEXT_MONTH,
}


def excepting(**changed: Any) -> dict[str, Any]:
    entry = {k: v for k, v in {**EXCEPTION, **changed}.items() if v is not None}
    return {"exceptions-listed": {"exceptions": [entry]}}


def test_an_exception_is_for_one_resource_and_one_rule_and_is_listed() -> None:
    said = judge_stack(CHAIN, excepting())
    refused = [each for each in said if each.rule == "admin-roles-unreachable"]
    assert [each.urn for each in refused] == [CHAIN[1].urn, CHAIN[2].urn]
    (listed,) = [each for each in said if each.rule == "exceptions-listed"]
    assert (listed.level, listed.urn) == ("advisory", CHAIN[-1].urn)
    for part in ("break-glass account", "platform@example.com", NEXT_MONTH):
        assert part in listed.message


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"reason": None}, "has no reason"),
        ({"owner": "  "}, "has no owner"),
        ({"expires": None}, "has no expires"),
        ({"rule": None}, "has no rule"),
        ({"reason": "ok"}, "say why"),
        ({"expires": "2020-01-31"}, "expired on 2020-01-31"),
        ({"expires": "soon"}, "no date"),
        ({"expires": "9999-12-31"}, "366 days from today are the most"),
        ({"resource": "cube"}, "give its URN"),
        ({"resource": "urn:pulumi:*"}, "give its URN"),
        ({"forever": "yes"}, "forever"),
        ({"owner": 7}, "has no owner"),
        ({"rule": "exceptions-listed"}, "is for the list itself"),
        ({"rule": "writers-listed"}, "is for the list itself"),
    ],
)
def test_an_exception_that_is_over_or_incomplete_does_not_apply_and_says_so(
    changed: dict[str, Any], problem: str
) -> None:
    said = judge_stack(CHAIN, excepting(**changed))
    assert len([each for each in said if each.rule == "admin-roles-unreachable"]) == 3
    (listed,) = [each for each in said if each.rule == "exceptions-listed"]
    assert problem in listed.message
    assert "does not apply" in listed.message


def test_no_exception_hides_another() -> None:
    entries = [EXCEPTION, {**EXCEPTION, "rule": "exceptions-listed"}]
    said = judge_stack(CHAIN, {"exceptions-listed": {"exceptions": entries}})
    listed = [each.message for each in said if each.rule == "exceptions-listed"]
    assert "Exception: admin-roles-unreachable" in " ".join(listed)
    assert "does not apply" in " ".join(listed)


def test_an_exception_for_what_is_not_there_is_to_be_taken_out() -> None:
    said = judge_stack([], excepting())
    assert "take it out" in only(said, "exceptions-listed")[0].message


def test_a_writer_is_listed_and_one_that_names_no_schema_may_not_write() -> None:
    writers = [{"role": "DBT", "schema": "ANALYTICS.DBT"}, {"role": "ALL", "schema": "ANALYTICS"}]
    said = only(judge_stack([], {"writers-listed": {"writers": writers}}), "writers-listed")
    assert [each.level for each in said] == ["advisory"] * 2
    assert "DBT may write in ANALYTICS.DBT" in said[0].message
    assert "write the one schema" in said[1].message
