"""What a destroy says of objects that have the stack's mark and are in no state."""

from __future__ import annotations

from typing import Any

import pytest

from cube_access.provider.lifecycle import Values
from cube_access.snowflake import holdings
from cube_access.snowflake.mark import MADE, MarkLifecycle
from tests.components.snowflake.conftest import Account
from tests.components.snowflake.role_world import Heard

PLACES = {
    "ROLE": ["USERADMIN"],
    "USER": ["USERADMIN"],
    "SECURITY INTEGRATION": ["ACCOUNTADMIN"],
    "RESOURCE MONITOR": ["ACCOUNTADMIN"],
    "DATABASE ROLE": ["SYSADMIN", "ANALYTICS"],
}


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def marks(heard: Heard) -> MarkLifecycle:
    listener: Any = heard
    return MarkLifecycle(voice=listener)


@pytest.fixture
def made(marks: MarkLifecycle) -> Values:
    inputs = {"account": "SANDBOX-ANALYTICS", "base": "CUBE_DEV", "places": PLACES}
    return marks.create(inputs)[1]


def test_nothing_is_left_and_nothing_is_said(
    account: Account, marks: MarkLifecycle, made: Values, heard: Heard
) -> None:
    account.by_hand("CREATE ROLE CUBE_DEV COMMENT = 'theirs'", role="USERADMIN")
    marks.delete("mark", made)
    assert heard.warnings == []
    assert all(each.startswith("SHOW ") for each in account.statements)


def test_what_has_the_mark_is_named_with_its_statement_and_stays(
    account: Account, marks: MarkLifecycle, made: Values, heard: Heard
) -> None:
    comment = f"COMMENT = 'ours{MADE.format(made['mark'])}'"
    account.by_hand(
        f"CREATE ROLE CUBE_DEV_PEOPLE {comment}", "CREATE ROLE CUBE_DEV", role="USERADMIN"
    )
    account.by_hand(f"CREATE DATABASE ROLE ANALYTICS.CUBE_DEV {comment}", role="SYSADMIN")
    marks.delete("mark", made)
    assert len(heard.warnings) == 2
    said = "\n".join(heard.warnings)
    assert 'Remove it by `DROP ROLE "CUBE_DEV_PEOPLE"`' in said
    assert 'Remove it by `DROP DATABASE ROLE "ANALYTICS"."CUBE_DEV"`' in said
    assert account.state.catalog.find("ROLE", ("CUBE_DEV_PEOPLE",))


def test_a_resource_monitor_of_our_name_is_named_without_claiming_it(
    account: Account, marks: MarkLifecycle, made: Values, heard: Heard
) -> None:
    account.by_hand("CREATE RESOURCE MONITOR CUBE_DEV WITH CREDIT_QUOTA = 5")
    account.by_hand("CREATE RESOURCE MONITOR CUBE_DEV_OTHER WITH CREDIT_QUOTA = 5")
    marks.delete("mark", made)
    (said,) = heard.warnings
    assert "no comment that would tell whose it is" in said
    assert '`DROP RESOURCE MONITOR "CUBE_DEV"`' in said


def test_what_cannot_be_looked_at_is_said_and_stops_nothing(
    account: Account, marks: MarkLifecycle, made: Values, heard: Heard
) -> None:
    account.refusals["SHOW USERS"] = (3001, "42501")
    marks.delete("mark", made)
    (said,) = heard.warnings
    assert "whether an `up` that was cut off has left a user was not seen: refused" in said


def test_a_list_that_may_be_cut_off_is_not_taken_at_its_word(
    account: Account, marks: MarkLifecycle, made: Values, heard: Heard,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    account.by_hand("CREATE ROLE CUBE_DEV", role="USERADMIN")
    monkeypatch.setattr(holdings, "MOST_ROWS", 1)
    marks.delete("mark", made)
    (said,) = heard.warnings
    assert "has left a role was not seen in full" in said


def test_a_state_from_before_marks_knew_their_places_asks_nothing(
    account: Account, marks: MarkLifecycle, heard: Heard
) -> None:
    marks.delete("mark", {"mark": "0123456789abcdef"})
    assert account.statements == []
    assert heard.warnings == []


def test_the_mark_stays_when_a_role_changes(marks: MarkLifecycle, made: Values) -> None:
    news = {**made, "places": {**PLACES, "USER": ["SECURITYADMIN"]}}
    del news["mark"]
    assert marks.diff("mark", made, news).changed == ["places"]
    assert marks.update("mark", made, news)["mark"] == made["mark"]
