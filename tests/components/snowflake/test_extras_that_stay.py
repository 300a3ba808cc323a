"""What somebody gave to a role of ours and no REVOKE takes away is a warning, and never an error at
each `up`.
"""

from __future__ import annotations

import pytest

from cube_access.provider.lifecycle import HalfDoneError
from cube_access.snowflake.changes import Change
from cube_access.snowflake.privileges import Entry
from tests.components.snowflake.role_world import ORDERS, SALES, World, inputs

INSERT = 'INSERT ON TABLE "ANALYTICS"."SALES"."ORDERS"'
REVOKE = f'REVOKE {INSERT} FROM ROLE "CUBE_DEV"'


@pytest.fixture
def added(world: World) -> World:
    """With a privilege that a refresh has shown."""
    world.up(inputs(*SALES))
    world.account.by_hand("GRANT INSERT ON TABLE ANALYTICS.SALES.ORDERS TO ROLE CUBE_DEV")
    assert list(world.refresh().values()) == ["DELETE"]
    world.heard.warnings.clear()
    return world


@pytest.mark.parametrize("refusal", [(3001, "42501"), (1234, "XX000"), (2003, "02000")])
def test_a_refused_revoke_is_one_warning_that_names_it(
    added: World, refusal: tuple[int, str]
) -> None:
    added.account.refusals["REVOKE INSERT"] = refusal
    assert added.up(inputs(*SALES)) == [REVOKE]
    (warning,) = added.heard.warnings
    assert f"also holds {INSERT}: it stays, because {REVOKE} was refused: refused" in warning
    assert added.outputs["extra"] == [INSERT]
    assert added.differs() == {}, "the next `up` has nothing to do"
    assert added.up(inputs(*SALES)) == []
    # It is not forgotten: a refresh shows it, and the `up` after that tries again.
    assert list(added.refresh().values()) == ["DELETE"]
    added.account.refusals.clear()
    assert added.up(inputs(*SALES)) == [REVOKE]
    assert added.refresh() == {}
    assert added.outputs["extra"] == []


def test_a_revoke_that_takes_nothing_away_is_told_as_that(added: World) -> None:
    """Snowflake revokes what the active role granted, and says nothing of what another did."""

    def give_back(statement: str) -> None:
        if statement.startswith("SHOW GRANTS TO") and added.account.changes:
            added.account.before = lambda _: None
            added.account.by_hand("GRANT INSERT ON TABLE ANALYTICS.SALES.ORDERS TO ROLE CUBE_DEV")

    added.account.before = give_back
    added.up(inputs(*SALES))
    assert f"{REVOKE} took nothing away. Whoever granted it" in added.heard.warnings[-1]
    assert added.differs() == {}


def test_a_revoke_that_nobody_answered_is_an_error(added: World) -> None:
    added.account.refusals["REVOKE INSERT"] = (290429, "")
    with pytest.raises(HalfDoneError, match="REVOKE INSERT"):
        added.up(inputs(*SALES))
    added.account.refusals.clear()
    assert added.up(inputs(*SALES)) == [REVOKE]


def test_what_was_declared_and_stays_is_an_error(world: World) -> None:
    hr = 'USAGE ON SCHEMA "ANALYTICS"."HR"'
    world.up(inputs(*SALES, hr))
    world.account.refusals["REVOKE USAGE ON SCHEMA"] = (3001, "42501")
    with pytest.raises(HalfDoneError, match="REVOKE USAGE ON SCHEMA"):
        world.up(inputs(*SALES))


def test_a_refusal_beside_a_failure_is_told_as_well(world: World) -> None:
    world.up(inputs(*SALES, 'USAGE ON SCHEMA "ANALYTICS"."HR"'))
    world.account.by_hand("GRANT INSERT ON TABLE ANALYTICS.SALES.ORDERS TO ROLE CUBE_DEV")
    world.refresh()
    world.account.refusals["REVOKE"] = (3001, "42501")
    with pytest.raises(HalfDoneError, match="1 of the statements") as raised:
        world.up(inputs(*SALES))
    assert "REVOKE USAGE ON SCHEMA" in str(raised.value)
    assert any(f"{REVOKE} was refused" in each for each in world.heard.warnings)


def test_a_destroy_does_not_mind(added: World) -> None:
    added.account.refusals["REVOKE INSERT"] = (3001, "42501")
    added.lifecycle.delete("id", added.outputs)
    assert added.account.holds() == {INSERT}


def test_roles_of_each_kind_are_revoked_in_their_own_words() -> None:
    member = 'REVOKE {} FROM ROLE "R"'
    for kind, name in (
        ("ROLE", ("ENGINEER",)),
        ("DATABASE ROLE", ("SNOWFLAKE", "OBJECT_VIEWER")),
        ("APPLICATION ROLE", ("APP", "USER")),
    ):
        entry = Entry("USAGE", kind, name)
        written = ".".join(f'"{part}"' for part in name)
        assert entry.revokes('ROLE "R"') == [member.format(f"{kind} {written}")]


def test_a_revoke_from_a_container_is_of_what_is_in_it() -> None:
    of_all = Change("", Entry("SELECT", "TABLE", ("ANALYTICS", "SALES"), "ALL"), extra=True)
    assert of_all.takes(Entry.of(ORDERS))
    assert not of_all.takes(Entry.of(INSERT))
    assert not of_all.takes(Entry.of(SALES[3]))
    assert not of_all.takes(Entry.of('SELECT ON FUTURE TABLES IN SCHEMA "ANALYTICS"."SALES"'))
