"""A role that holds more than an answer of SHOW GRANTS has rows: what was not seen is neither a
lack nor an extra.
"""

from __future__ import annotations

import pytest

from cube_access.provider.lifecycle import ProviderError
from cube_access.snowflake import holdings
from cube_access.snowflake.privileges import GRANTED
from tests.components.snowflake.role_world import ORDERS, SALES, World, inputs

TO, FUTURE_TO = "SHOW GRANTS TO", "SHOW FUTURE GRANTS TO"
HR = 'USAGE ON SCHEMA "ANALYTICS"."HR"'
COUNTRIES = 'SELECT ON TABLE "ANALYTICS"."REFERENCE"."COUNTRIES"'
VIEWS = "SELECT * FROM"


@pytest.fixture
def cut(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Applied, and from now on an answer ends after two rows."""
    world.up(inputs(*SALES, HR, COUNTRIES))
    monkeypatch.setattr(holdings, "MOST_ROWS", 2)
    world.account.ends = {TO: 2, FUTURE_TO: 2}
    world.account.statements.clear()
    return world


def member(world: World) -> None:
    """A deployer whose role has privileges on all that is read, and a warehouse."""
    world.account.warehouse = "COMPUTE_WH"
    world.account.by_hand("GRANT ROLE SYSADMIN TO ROLE SECURITYADMIN")


@pytest.mark.parametrize("with_views", [False, True])
def test_what_is_cut_off_is_looked_for_and_is_no_difference(cut: World, with_views: bool) -> None:
    if with_views:
        member(cut)
    assert cut.refresh() == {}
    assert set(cut.outputs["privileges"].values()) == {GRANTED}
    assert "holds more than an answer" in cut.outputs["notSeen"][-1], "and nothing is listed"
    asked = [each for each in cut.account.statements if each.startswith("SHOW GRANTS ON SCHEMA")]
    assert bool(asked) != with_views, "the views of the database have them"
    assert not any("GRANTS IN SCHEMA" in each for each in cut.account.changes)


def test_what_is_really_away_is_a_lack_all_the_same(cut: World) -> None:
    cut.account.by_hand(
        "REVOKE USAGE ON SCHEMA ANALYTICS.HR FROM ROLE CUBE_DEV",
        "REVOKE SELECT ON FUTURE TABLES IN SCHEMA ANALYTICS.SALES FROM ROLE CUBE_DEV",
        "REVOKE SELECT ON TABLE ANALYTICS.REFERENCE.COUNTRIES FROM ROLE CUBE_DEV",
    )
    assert sorted(cut.refresh().values()) == ["ADD", "ADD", "UPDATE"]
    assert cut.outputs["privileges"][SALES[0]] == "lacks those to come"
    cut.up(cut.inputs)
    assert cut.refresh() == {}
    cut.account.ends.clear()
    assert cut.account.holds() >= {HR, COUNTRIES}


def test_where_no_look_is_allowed_it_is_not_seen_and_nothing_locks(cut: World) -> None:
    for start in ("SHOW GRANTS ON", "SHOW FUTURE GRANTS IN", VIEWS):
        cut.account.refusals[start] = (3001, "42501")
    cut.account.by_hand("REVOKE USAGE ON SCHEMA ANALYTICS.HR FROM ROLE CUBE_DEV")
    assert cut.refresh() == {}
    assert f"not seen: {COUNTRIES}" in cut.outputs["notSeen"][-1]
    cut.up(inputs(*SALES))
    assert cut.account.refusals, "what is not declared any more was revoked unseen"
    cut.account.ends.clear()
    assert HR not in cut.account.holds()
    assert COUNTRIES not in cut.account.holds()


def test_what_goes_is_revoked_although_it_was_cut_off(cut: World) -> None:
    cut.up(inputs(*SALES[2:]))
    cut.account.ends.clear()
    assert cut.account.holds() == set(SALES[2:])


def test_an_extra_beyond_the_end_is_told_by_the_views_only(cut: World) -> None:
    cut.account.by_hand("GRANT INSERT ON TABLE ANALYTICS.SALES.ORDERS TO ROLE CUBE_DEV")
    assert cut.refresh() == {}, "nobody has seen it"
    member(cut)
    assert list(cut.refresh().values()) == ["DELETE"]
    assert cut.up(cut.inputs) == [
        'REVOKE INSERT ON TABLE "ANALYTICS"."SALES"."ORDERS" FROM ROLE "CUBE_DEV"'
    ]
    assert cut.refresh() == {}
    cut.account.ends.clear()
    assert ORDERS in cut.account.holds()


def test_a_network_that_fails_is_no_answer(cut: World) -> None:
    cut.account.refusals["SHOW GRANTS ON"] = (290429, "")
    with pytest.raises(ProviderError, match="refused"):
        cut.refresh()


def test_a_membership_and_an_inherited_grant_beyond_the_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.account.by_hand(
        "ALTER ACCOUNT SET FEATURE_RBAC_INHERITED_GRANTS = 'ENABLED'",
        "CREATE DATABASE ROLE ANALYTICS.READER",
    )
    reader = 'USAGE ON DATABASE ROLE "ANALYTICS"."READER"'
    inherited = 'INHERITED SELECT ON ALL TABLES IN SCHEMA "ANALYTICS"."SALES"'
    world.up(inputs(*SALES[2:], reader, inherited))
    monkeypatch.setattr(holdings, "MOST_ROWS", 1)
    world.account.ends = {TO: 1}
    assert world.refresh() == {}
    assert inherited in world.outputs["notSeen"][-1]
    assert reader not in world.outputs["notSeen"][-1], "SHOW GRANTS OF shows who has it"
    world.account.by_hand("REVOKE DATABASE ROLE ANALYTICS.READER FROM ROLE CUBE_DEV")
    assert list(world.refresh().values()) == ["ADD"]
