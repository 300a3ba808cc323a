"""A role's privileges as one set, where the account has changed, or refuses."""

from __future__ import annotations

from typing import Any

import pytest

from cube_access.provider.lifecycle import HalfDoneError, ProviderError, SignIn
from cube_access.snowflake import holdings, session
from cube_access.snowflake.privileges import GRANTED
from cube_access.snowflake.role_privileges import RolePrivilegesLifecycle
from tests.components.snowflake.role_world import ORDERS, SALES, WHOLE, World, inputs


class TestDrift:
    def test_a_rebuilt_table_is_a_lack_that_names_it(self, world: World) -> None:
        text = 'SELECT ON TABLE "ANALYTICS"."REFERENCE"."COUNTRIES"'
        world.up(inputs(*SALES, text))
        world.account.by_hand(
            "CREATE OR REPLACE TABLE ANALYTICS.REFERENCE.COUNTRIES AS SELECT 1 AS X",
            "CREATE OR REPLACE TABLE ANALYTICS.SALES.ORDERS AS SELECT 1 AS X",
            role="SYSADMIN",
        )
        assert list(world.refresh().values()) == ["ADD"], "a future grant covers the one in SALES"
        assert text not in world.outputs["privileges"]
        assert world.up(world.inputs) == [f'GRANT {text} TO ROLE "CUBE_DEV"']

    def test_what_was_taken_away_by_hand_is_told_exactly(self, world: World) -> None:
        world.up(inputs(*SALES))
        world.account.by_hand(
            "REVOKE SELECT ON TABLE ANALYTICS.SALES.ORDERS FROM ROLE CUBE_DEV",
            "REVOKE SELECT ON FUTURE VIEWS IN SCHEMA ANALYTICS.SALES FROM ROLE CUBE_DEV",
            "REVOKE USAGE ON SCHEMA ANALYTICS.SALES FROM ROLE CUBE_DEV",
        )
        assert sorted(world.refresh().values()) == ["ADD", "UPDATE", "UPDATE"]
        found = world.outputs["privileges"]
        assert found[SALES[0]] == 'lacks 1 of 2: "ANALYTICS"."SALES"."ORDERS"'
        assert found[SALES[1]] == "lacks those to come"
        world.up(world.inputs)
        assert world.refresh() == {}

    @pytest.mark.parametrize("newest", [True, False], ids=["newest", "older"])
    def test_iceberg_tables_are_a_kind_of_their_own(self, world: World, newest: bool) -> None:
        """Older accounts grant them by TABLES, too, and show them as what they are."""
        world.account.state.newest = newest
        tables, iceberg = SALES[0], SALES[0].replace("TABLES", "ICEBERG TABLES")
        storage = "CATALOG = 'SNOWFLAKE' BASE_LOCATION = 'ice'"
        make = f"CREATE OR REPLACE ICEBERG TABLE ANALYTICS.SALES.ICE (X INT) {storage}"
        world.account.by_hand(make, role="SYSADMIN")
        world.up(inputs(tables, iceberg))
        assert world.refresh() == {}
        world.account.by_hand(make, role="SYSADMIN")
        assert world.refresh() == {}, "a future grant covers it"
        ice = "SELECT ON ICEBERG TABLE ANALYTICS.SALES.ICE"
        world.account.by_hand(f"REVOKE {ice} FROM ROLE CUBE_DEV")
        assert list(world.refresh().values()) == ["UPDATE"]
        assert world.outputs["privileges"][iceberg] == ('lacks 1 of 1: "ANALYTICS"."SALES"."ICE"')
        world.up(inputs(tables, iceberg))
        assert world.refresh() == {}
        world.up(inputs(tables))
        assert world.refresh() == {}
        world.account.by_hand(f"GRANT {ice} TO ROLE CUBE_DEV")
        assert world.refresh() == {}, "where TABLES reach them, it is one of theirs"

    def test_what_is_wholly_away_twice_in_a_row_is_no_extra_when_it_is_back(
        self, world: World
    ) -> None:
        world.up(inputs(*SALES))
        world.account.by_hand("REVOKE USAGE ON WAREHOUSE COMPUTE_WH FROM ROLE CUBE_DEV")
        assert world.refresh() == world.refresh() != {}
        world.account.by_hand("GRANT USAGE ON WAREHOUSE COMPUTE_WH TO ROLE CUBE_DEV")
        assert world.refresh() == {}

    def test_a_role_that_is_gone_is_gone(self, world: World) -> None:
        world.up(inputs(*SALES))
        world.account.by_hand("ALTER ROLE CUBE_DEV RENAME TO OTHER", role="USERADMIN")
        assert world.lifecycle.read("id", world.outputs) is None
        with pytest.raises(ProviderError, match="pulumi up --refresh"):
            world.lifecycle.update("id", world.outputs, inputs(*SALES[1:]))
        world.lifecycle.delete("id", world.outputs)

    def test_what_cannot_be_looked_into_is_not_seen_and_no_difference(self, world: World) -> None:
        world.up(inputs(*SALES))
        world.account.refusals["SHOW TABLES"] = (3001, "42501")
        assert world.refresh() == {}
        assert "TABLES in SCHEMA" in world.outputs["notSeen"][0]
        world.account.refusals["SHOW GRANTS TO"] = (3001, "42501")
        assert world.refresh() == {}
        assert "what id holds was not looked at" in world.outputs["notSeen"][0]
        assert world.heard.warnings

    def test_an_answer_that_may_be_cut_off_locks_nothing(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.up(inputs(*SALES))
        rows = len(world.account.holds()) - 2  # without the future ones
        monkeypatch.setattr(holdings, "MOST_ROWS", rows)
        assert world.refresh() == {}
        assert "holds more than an answer" in world.outputs["notSeen"][0]
        world.up(inputs(*SALES[2:]))
        assert world.account.holds() == set(SALES[2:])

    def test_a_database_with_too_many_tables_is_asked_by_schema(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hr = 'SELECT ON ALL AND FUTURE TABLES IN SCHEMA "ANALYTICS"."HR"'
        world.up(inputs(*SALES, hr))
        world.account.by_hand("REVOKE SELECT ON TABLE ANALYTICS.HR.SALARIES FROM ROLE CUBE_DEV")
        everything = len(world.account.run("SHOW TABLES IN DATABASE ANALYTICS", "").rows)
        monkeypatch.setattr(holdings, "MOST_ROWS", everything)
        world.refresh()
        assert world.outputs["privileges"][hr] == 'lacks 1 of 1: "ANALYTICS"."HR"."SALARIES"'
        assert world.outputs["notSeen"] == []


class TestFailures:
    def test_each_statement_that_failed_is_named_and_the_rest_is_kept(self, world: World) -> None:
        world.account.refusals["GRANT SELECT ON ALL TABLES"] = (3001, "42501")
        with pytest.raises(HalfDoneError) as raised:
            world.up(inputs(*SALES))
        said = str(raised.value)
        assert "1 of the statements" in said
        assert 'GRANT SELECT ON ALL TABLES IN SCHEMA "ANALYTICS"."SALES"' in said
        assert "refused" in said
        found = world.outputs["privileges"]
        assert found[SALES[2]] == GRANTED
        assert found[SALES[0]].startswith("lacks")
        world.account.refusals.clear()
        assert world.up(inputs(*SALES)) == [
            'GRANT SELECT ON ALL TABLES IN SCHEMA "ANALYTICS"."SALES" TO ROLE "CUBE_DEV"'
        ]
        assert world.refresh() == {}

    @pytest.mark.parametrize("extra", ["revoke", "report"])
    def test_nothing_is_revoked_where_something_could_not_be_granted(
        self, world: World, extra: str
    ) -> None:
        world.up(inputs(*WHOLE, extra=extra))
        world.account.refusals["GRANT SELECT ON FUTURE TABLES IN SCHEMA"] = (3001, "42501")
        with pytest.raises(HalfDoneError):
            world.up(inputs(*SALES, extra=extra))
        assert not any(each.startswith("REVOKE") for each in world.account.changes)
        assert world.outputs["privileges"][WHOLE[0]] == GRANTED, "what is still to go"
        world.account.refusals.clear()
        world.up(inputs(*SALES, extra=extra))
        assert world.account.holds() >= {SALES[3], SALES[4], ORDERS}
        assert WHOLE[0] not in world.outputs["privileges"]
        assert world.refresh() == {}
        assert world.outputs["extra"] == []

    def test_a_cancel_stops_between_two_statements(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CUBE_ACCESS_SNOWFLAKE_STATEMENTS", "1")

        def cancel(statement: str) -> None:
            if statement.startswith("GRANT USAGE ON SCHEMA"):
                world.cancelled.set()

        world.account.before = cancel
        with pytest.raises(HalfDoneError, match="cancelled"):
            world.up(inputs(*SALES))
        held = world.account.holds()
        assert SALES[3] in held
        assert SALES[4] not in held, "it was not begun"
        assert world.outputs["privileges"][SALES[3]] == GRANTED, "and it was read back"
        world.cancelled.clear()
        world.up(inputs(*SALES))
        assert world.refresh() == {}

    def test_an_object_that_went_meanwhile_is_no_failure_of_a_revoke(self, world: World) -> None:
        text = 'SELECT ON TABLE "ANALYTICS"."REFERENCE"."COUNTRIES"'
        world.up(inputs(*SALES, text))

        def drop(statement: str) -> None:
            if statement.startswith("REVOKE SELECT"):
                world.account.before = lambda _: None
                world.account.by_hand("DROP TABLE ANALYTICS.REFERENCE.COUNTRIES", role="SYSADMIN")

        world.account.before = drop
        world.up(inputs(*SALES))
        assert world.refresh() == {}

    def test_a_delete_leaves_nothing_and_may_be_repeated(self, world: World) -> None:
        world.up(inputs(*SALES))
        world.account.by_hand("REVOKE USAGE ON SCHEMA ANALYTICS.SALES FROM ROLE CUBE_DEV")
        world.lifecycle.delete("id", world.outputs)
        assert world.account.holds() == set()
        world.lifecycle.delete("id", world.outputs)
        world.account.by_hand("DROP ROLE CUBE_DEV", role="USERADMIN")
        world.lifecycle.delete("id", world.outputs)

    def test_a_number_of_statements_that_is_none_is_refused(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CUBE_ACCESS_SNOWFLAKE_STATEMENTS", "many")
        with pytest.raises(ProviderError, match="a number from 1 to 32"):
            world.up(inputs(*SALES))


def test_odd_names_are_granted_found_again_and_revoked(world: World) -> None:
    world.account.by_hand(
        'CREATE DATABASE "my.""db|x"',
        'CREATE SCHEMA "my.""db|x"."lower.case"',
        'CREATE TABLE "my.""db|x"."lower.case"."a|b.""c" AS SELECT 1 AS X',
        'CREATE WAREHOUSE "wh.""1|2"',
        role="SYSADMIN",
    )
    texts = [
        'USAGE ON DATABASE "my.""db|x"',
        'USAGE ON SCHEMA "my.""db|x"."lower.case"',
        'SELECT ON ALL AND FUTURE VIEWS IN SCHEMA "my.""db|x"."lower.case"',
        'SELECT ON TABLE "my.""db|x"."lower.case"."a|b.""c"',
        'USAGE ON WAREHOUSE "wh.""1|2"',
    ]
    world.up(inputs(*texts))
    assert world.outputs["privileges"] == dict.fromkeys(texts, GRANTED)
    assert world.refresh() == {}
    world.up(inputs(texts[0]))
    assert world.account.holds() == {texts[0]}


def test_inherited_grants_are_entries_like_the_others(world: World) -> None:
    world.account.by_hand("ALTER ACCOUNT SET FEATURE_RBAC_INHERITED_GRANTS = 'ENABLED'")
    inherited = 'INHERITED SELECT ON ALL TABLES IN SCHEMA "ANALYTICS"."SALES"'
    world.up(inputs(*SALES))
    done = world.up(inputs(inherited, *SALES[1:]))
    assert done[0] == f'GRANT {inherited} TO ROLE "CUBE_DEV"'
    assert inherited in world.account.holds()
    assert ORDERS not in world.account.holds()
    assert world.refresh() == {}
    world.account.by_hand(
        "REVOKE INHERITED SELECT ON ALL TABLES IN SCHEMA ANALYTICS.SALES FROM ROLE CUBE_DEV"
    )
    assert list(world.refresh().values()) == ["ADD"]
    world.up(inputs(*SALES))
    assert world.refresh() == {}


def test_a_database_role_is_kept_the_same_way(world: World) -> None:
    world.account.by_hand("CREATE DATABASE ROLE ANALYTICS.CUBE_DEV", role="SYSADMIN")
    texts = SALES[:2] + SALES[3:4]
    news: dict[str, Any] = {
        **inputs(*texts),
        "role": '"ANALYTICS"."CUBE_DEV"',
        "roleKind": "DATABASE ROLE",
    }
    assert all(each.endswith('TO DATABASE ROLE "ANALYTICS"."CUBE_DEV"') for each in world.up(news))
    assert world.refresh() == {}
    own = RolePrivilegesLifecycle()
    member = 'USAGE ON DATABASE ROLE "ANALYTICS"."CUBE_DEV"'
    _, outputs = own.create(inputs(member))
    assert outputs["privileges"] == {member: GRANTED}
    world.account.by_hand("DROP DATABASE ROLE ANALYTICS.CUBE_DEV", role="SYSADMIN")
    assert world.lifecycle.read("id", world.outputs) is None
    own.delete("id", outputs)


class TestWhatIsNotShownOrNotDone:
    """What no preview has shown stays, and what was not taken away is told."""

    def test_a_grant_option_that_no_preview_has_shown_stays(self, world: World) -> None:
        option = "GRANT SELECT ON TABLE ANALYTICS.SALES.ORDERS TO ROLE CUBE_DEV WITH GRANT OPTION"
        text = f"{ORDERS} WITH GRANT OPTION"
        hr = 'USAGE ON SCHEMA "ANALYTICS"."HR"'
        world.up(inputs(*SALES))
        world.account.by_hand(option)
        assert not any("GRANT OPTION" in each for each in world.up(inputs(*SALES, hr)))
        assert text in world.account.holds()
        world.up(inputs(*SALES, extra="report"))
        world.refresh()
        world.up(inputs(*SALES[1:], ORDERS, extra="report"))
        assert text in world.account.holds()

    @pytest.mark.parametrize("extra", ["revoke", "report"])
    def test_a_narrowing_that_failed_is_still_to_be_done_after_a_refresh(
        self, world: World, extra: str
    ) -> None:
        hr = 'USAGE ON SCHEMA "ANALYTICS"."HR"'
        world.up(inputs(*SALES, hr, extra=extra))
        world.account.refusals["REVOKE USAGE ON SCHEMA"] = (3001, "42501")
        with pytest.raises(HalfDoneError):
            world.up(inputs(*SALES, extra=extra))
        assert list(world.refresh().values()) == ["DELETE"]
        assert world.outputs["privileges"][hr] == GRANTED
        assert world.outputs["extra"] == []
        world.account.refusals.clear()
        assert world.up(inputs(*SALES, extra=extra)) == [f'REVOKE {hr} FROM ROLE "CUBE_DEV"']
        assert world.refresh() == {}

    def test_a_refused_revoke_from_all_of_a_cut_answer_is_told(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        world.up(inputs(*SALES))
        monkeypatch.setattr(holdings, "MOST_ROWS", len(world.account.holds()) - 2)
        world.account.refusals["REVOKE SELECT ON ALL TABLES"] = (3001, "42501")
        with pytest.raises(HalfDoneError, match="REVOKE SELECT ON ALL TABLES"):
            world.up(inputs(*SALES[1:]))

    def test_a_refused_revoke_of_an_imported_database_is_told(self, world: World) -> None:
        text = 'IMPORTED PRIVILEGES ON DATABASE "RAW"'
        catalog = world.account.state.catalog
        catalog.get("DATABASE", ("RAW",)).settings["SHARE"] = "ACME.WEATHER"
        world.up(inputs(*SALES, text))
        world.account.refusals["REVOKE IMPORTED"] = (3001, "42501")
        with pytest.raises(HalfDoneError, match="REVOKE IMPORTED PRIVILEGES"):
            world.up(inputs(*SALES))
        assert world.outputs["privileges"][text] == GRANTED

    def test_an_imported_database_granted_by_hand_is_revoked_as_a_whole(self, world: World) -> None:
        catalog = world.account.state.catalog
        catalog.get("DATABASE", ("RAW",)).settings["SHARE"] = "ACME.WEATHER"
        world.up(inputs(*SALES))
        world.account.by_hand("GRANT IMPORTED PRIVILEGES ON DATABASE RAW TO ROLE CUBE_DEV")
        world.refresh()
        revoke = 'REVOKE {} ON DATABASE "RAW" FROM ROLE "CUBE_DEV"'
        assert world.up(inputs(*SALES)) == [
            revoke.format("USAGE"),
            revoke.format("IMPORTED PRIVILEGES"),
        ]
        assert world.refresh() == {}
        world.account.by_hand("GRANT IMPORTED PRIVILEGES ON DATABASE RAW TO ROLE CUBE_DEV")
        world.refresh()
        world.account.refusals["REVOKE IMPORTED"] = (3001, "42501")
        world.up(inputs(*SALES))
        assert "REVOKE IMPORTED PRIVILEGES" in world.heard.warnings[-1]

    @pytest.mark.parametrize(("number", "state"), [(290429, ""), (3001, "42501"), (1234, "XX000")])
    def test_a_database_role_is_not_gone_because_nobody_answers(
        self, world: World, number: int, state: str
    ) -> None:
        world.account.by_hand("CREATE DATABASE ROLE ANALYTICS.CUBE_DEV", role="SYSADMIN")
        own = {"role": '"ANALYTICS"."CUBE_DEV"', "roleKind": "DATABASE ROLE"}
        world.up({**inputs(SALES[3]), **own})
        world.account.refusals["SHOW GRANTS TO"] = (2003, "02000")
        world.account.refusals["SHOW DATABASE ROLES"] = (number, state)
        with pytest.raises(ProviderError, match="refused"):
            world.lifecycle.read("id", world.outputs)


def test_names_mean_what_they_say_whatever_the_deployers_parameters_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr("snowflake.connector.connect", lambda **arguments: given.update(arguments))
    monkeypatch.setattr(session, "connect_arguments", lambda *_: {})
    session._connect("ACCOUNT", "", SignIn())
    parameters = given["session_parameters"]
    assert parameters["QUOTED_IDENTIFIERS_IGNORE_CASE"] is False
    assert parameters["ROWS_PER_RESULTSET"] == 0
