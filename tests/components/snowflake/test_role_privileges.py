"""A role's privileges as one set, on the sandbox's account: what is read, done and left alone."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest

from cube_access.provider.lifecycle import HalfDoneError, ProviderError, Values
from cube_access.provider.values import UNKNOWN
from cube_access.snowflake import holdings
from cube_access.snowflake.privileges import GRANTED, NOT_DECLARED
from cube_access.snowflake.role_privileges import RolePrivilegesLifecycle
from tests.components.snowflake.conftest import Account

SALES = [
    'SELECT ON ALL AND FUTURE TABLES IN SCHEMA "ANALYTICS"."SALES"',
    'SELECT ON ALL AND FUTURE VIEWS IN SCHEMA "ANALYTICS"."SALES"',
    'USAGE ON DATABASE "ANALYTICS"',
    'USAGE ON SCHEMA "ANALYTICS"."SALES"',
    'USAGE ON WAREHOUSE "COMPUTE_WH"',
]
WHOLE = [
    'SELECT ON ALL AND FUTURE TABLES IN DATABASE "ANALYTICS"',
    'SELECT ON ALL AND FUTURE VIEWS IN DATABASE "ANALYTICS"',
    'USAGE ON ALL AND FUTURE SCHEMAS IN DATABASE "ANALYTICS"',
    'USAGE ON DATABASE "ANALYTICS"',
    'USAGE ON WAREHOUSE "COMPUTE_WH"',
]
ORDERS = 'SELECT ON TABLE "ANALYTICS"."SALES"."ORDERS"'


def inputs(*texts: str, extra: str = "revoke", role: str = "CUBE_DEV") -> Values:
    return {
        "account": "SANDBOX-ANALYTICS",
        "role": role,
        "roleKind": "ROLE",
        "privileges": dict.fromkeys(texts, GRANTED),
        "extraPrivileges": extra,
        "signInRole": "SECURITYADMIN",
    }


class Heard:
    """What a resource said."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def progress(self, text: str) -> None: ...

    def warn(self, text: str) -> None:
        self.warnings.append(text)


class World:
    """A role, and the resource that keeps its privileges."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.cancelled = Event()
        self.heard = Heard()
        self.lifecycle = RolePrivilegesLifecycle(None, self.cancelled, self.heard)  # type: ignore[arg-type]
        self.outputs: Values = {}
        self.inputs: Values = {}
        account.by_hand("CREATE ROLE CUBE_DEV", role="USERADMIN")

    def up(self, news: Values) -> list[str]:
        """What one `up` runs, as the engine calls it."""
        self.account.statements.clear()
        try:
            if not self.outputs:
                _, self.outputs = self.lifecycle.create(news)
            elif self.lifecycle.diff("id", self.outputs, news).changed:
                self.outputs = self.lifecycle.update("id", self.outputs, news)
        except HalfDoneError as error:
            self.outputs = error.outputs
            raise
        finally:
            self.inputs = news
        return self.account.changes

    def refresh(self) -> dict[str, str]:
        """What a refresh finds, besides what is granted."""
        self.lifecycle.inputs = self.inputs
        found = self.lifecycle.read("id", self.outputs)
        assert found is not None
        self.outputs = found
        return self.differs()

    def differs(self) -> dict[str, str]:
        return dict(self.lifecycle.diff("id", self.outputs, self.inputs).detailed)


@pytest.fixture
def world(account: Account) -> World:
    return World(account)


def test_what_is_missing_is_granted_and_nothing_twice(world: World) -> None:
    assert len(world.up(inputs(*SALES))) == 7
    assert world.outputs["privileges"] == dict.fromkeys(SALES, GRANTED)
    assert world.up(inputs(*SALES)) == []
    assert world.account.statements == [], "a plain preview and `up` do not look"
    assert world.refresh() == {}
    assert ORDERS in world.account.holds()


def test_only_the_difference_is_applied(world: World) -> None:
    world.up(inputs(*SALES))
    more = 'USAGE ON SCHEMA "ANALYTICS"."HR"'
    assert world.up(inputs(*SALES, more)) == [
        'GRANT USAGE ON SCHEMA "ANALYTICS"."HR" TO ROLE "CUBE_DEV"'
    ]
    assert world.up(inputs(*SALES)) == [
        'REVOKE USAGE ON SCHEMA "ANALYTICS"."HR" FROM ROLE "CUBE_DEV"'
    ]


def test_a_diff_names_each_entry_by_a_path_that_the_engine_can_read(world: World) -> None:
    odd = 'SELECT ON TABLE "A.B"."c""d"."e\\f"'
    olds = {**inputs(*SALES), "extra": [], "notSeen": []}
    found = world.lifecycle.diff("id", olds, inputs(*SALES[1:], odd))
    assert found.changed == ["privileges"]
    whole = 'SELECT ON ALL AND FUTURE TABLES IN SCHEMA \\"ANALYTICS\\".\\"SALES\\"'
    assert found.detailed == {
        f'privileges["{whole}"]': "DELETE",
        'privileges["SELECT ON TABLE \\"A.B\\".\\"c\\"\\"d\\".\\"e\\\\f\\""]': "ADD",
    }
    assert world.lifecycle.diff("id", olds, {**inputs(), "privileges": UNKNOWN}).changed == [
        "privileges"
    ]
    assert world.lifecycle.diff("id", olds, inputs(*SALES, role="OTHER")).replaces == ["role"]


@pytest.mark.parametrize(
    ("news", "says"),
    [
        (inputs('OPERATE ON WAREHOUSE "W"'), "more than reading takes"),
        (inputs('INSERT ON TABLE "A"."B"."C"'), "more than reading takes"),
        (inputs("select on everything"), "is not a privilege"),
        ({**inputs(), "privileges": {SALES[2]: "maybe"}}, "it can only be "),
        (inputs(role="PUBLIC"), "Snowflake's own"),
        (inputs(role="SYSADMIN"), "Snowflake's own"),
        (inputs(extra="keep"), "is revoke or report"),
        ({**inputs(), "roleKind": "USER"}, "is ROLE or DATABASE ROLE"),
    ],
)
def test_what_cannot_be_wanted_ends_the_preview(world: World, news: Values, says: str) -> None:
    assert says in str(world.lifecycle.check({}, news))
    assert world.account.statements == []
    assert world.lifecycle.check({}, inputs(*SALES)) == []
    assert world.lifecycle.check({}, {**inputs(), "privileges": UNKNOWN, "role": UNKNOWN}) == []


class TestNarrowingAndWidening:
    """One contains the other, in one apply: what stays is never away."""

    def watched(self, world: World, text: str) -> list[str]:
        """The statements before which our role could not do this."""
        lost: list[str] = []

        def look(statement: str) -> None:
            world.account.before = lambda _: None
            if text not in world.account.holds():
                lost.append(statement)
            world.account.before = look

        world.account.before = look
        return lost

    @pytest.mark.parametrize(("before", "after"), [(WHOLE, SALES), (SALES, WHOLE)])
    def test_of_a_database_and_its_schema(
        self, world: World, before: list[str], after: list[str]
    ) -> None:
        world.up(inputs(*before))
        lost = self.watched(world, ORDERS)
        done = world.up(inputs(*after))
        world.account.before = lambda _: None
        assert lost == []
        kinds = [each.split()[0] for each in done]
        assert kinds == sorted(kinds), "GRANT first, then REVOKE"
        assert world.outputs["privileges"] == dict.fromkeys(after, GRANTED)
        salaries = 'SELECT ON TABLE "ANALYTICS"."HR"."SALARIES"'
        assert (salaries in world.account.holds()) == (after is WHOLE)
        assert world.refresh() == {}

    def test_of_a_schema_and_its_table(self, world: World) -> None:
        world.up(inputs(*SALES))
        lost = self.watched(world, ORDERS)
        world.up(inputs(ORDERS, *SALES[2:]))
        world.account.before = lambda _: None
        assert lost == []
        assert world.account.holds() == {ORDERS, *SALES[2:]}
        world.up(inputs(*SALES))
        assert world.refresh() == {}

    def test_what_is_new_in_the_database_of_what_goes_stays(self, world: World) -> None:
        """Its rows are not there when the plan is made: no REVOKE … IN DATABASE may take them."""
        kinds = ("HR", "SALES", "REFERENCE")
        schemas = {k: f'SELECT ON ALL AND FUTURE TABLES IN SCHEMA "ANALYTICS"."{k}"' for k in kinds}
        world.up(inputs(schemas["HR"], schemas["REFERENCE"]))
        world.up(inputs(schemas["SALES"]))
        assert ORDERS in world.account.holds()
        assert world.refresh() == {}

    def test_many_rows_go_by_one_statement(self, world: World) -> None:
        world.up(inputs(*WHOLE))
        done = world.up(inputs(*WHOLE[3:]))
        assert 'REVOKE SELECT ON ALL TABLES IN DATABASE "ANALYTICS" FROM ROLE "CUBE_DEV"' in done
        assert 'REVOKE USAGE ON ALL SCHEMAS IN DATABASE "ANALYTICS" FROM ROLE "CUBE_DEV"' in done
        assert world.account.holds() == set(WHOLE[3:])


class TestExtras:
    EXTRA = 'OPERATE ON WAREHOUSE "COMPUTE_WH"'

    def test_one_by_hand_is_shown_by_a_refresh_and_then_revoked(self, world: World) -> None:
        world.up(inputs(*SALES))
        world.account.by_hand(
            "GRANT OPERATE ON WAREHOUSE COMPUTE_WH TO ROLE CUBE_DEV",
            "GRANT SELECT ON FUTURE TABLES IN SCHEMA RAW.EVENTS TO ROLE CUBE_DEV",
            "GRANT SELECT ON TABLE ANALYTICS.SALES.ORDERS TO ROLE CUBE_DEV WITH GRANT OPTION",
            "GRANT ROLE ENGINEER TO ROLE CUBE_DEV",
        )
        texts = {
            self.EXTRA,
            'SELECT ON FUTURE TABLES IN SCHEMA "RAW"."EVENTS"',
            f"{ORDERS} WITH GRANT OPTION",
            'USAGE ON ROLE "ENGINEER"',
        }
        assert set(world.refresh().values()) == {"DELETE"}
        assert {
            t for t, each in world.outputs["privileges"].items() if each == NOT_DECLARED
        } == texts
        done = world.up(inputs(*SALES))
        assert sorted(done) == [
            'REVOKE GRANT OPTION FOR SELECT ON TABLE "ANALYTICS"."SALES"."ORDERS" FROM ROLE '
            '"CUBE_DEV"',
            'REVOKE OPERATE ON WAREHOUSE "COMPUTE_WH" FROM ROLE "CUBE_DEV"',
            'REVOKE ROLE "ENGINEER" FROM ROLE "CUBE_DEV"',
            'REVOKE SELECT ON FUTURE TABLES IN SCHEMA "RAW"."EVENTS" FROM ROLE "CUBE_DEV"',
        ]
        assert world.refresh() == {}

    def test_one_that_no_preview_has_shown_stays(self, world: World) -> None:
        world.up(inputs(*SALES))
        world.account.by_hand("GRANT OPERATE ON WAREHOUSE COMPUTE_WH TO ROLE CUBE_DEV")
        done = world.up(inputs(*SALES, 'USAGE ON SCHEMA "ANALYTICS"."HR"'))
        assert not any("OPERATE" in each for each in done)
        assert world.outputs["privileges"][self.EXTRA] == NOT_DECLARED
        assert "The next preview shows it" in world.heard.warnings[-1]
        assert world.up(world.inputs) == [
            'REVOKE OPERATE ON WAREHOUSE "COMPUTE_WH" FROM ROLE "CUBE_DEV"'
        ]

    def test_the_switch_reports_and_revokes_nothing(self, world: World) -> None:
        world.up(inputs(*SALES, extra="report"))
        world.account.by_hand("GRANT OPERATE ON WAREHOUSE COMPUTE_WH TO ROLE CUBE_DEV")
        assert world.refresh() == {}
        assert world.outputs["extra"] == [self.EXTRA]
        assert "so it stays" in world.heard.warnings[-1]
        world.up(inputs(*SALES[1:], extra="report"))
        assert self.EXTRA in world.account.holds()
        # And back, where it was not shown as one that goes.
        world.up(inputs(*SALES[1:]))
        assert self.EXTRA in world.account.holds()
        assert world.outputs["privileges"][self.EXTRA] == NOT_DECLARED
        world.up(inputs(*SALES[1:]))
        assert self.EXTRA not in world.account.holds()

    def test_ownership_is_told_and_is_no_difference(self, world: World) -> None:
        world.up(inputs(*SALES))
        world.account.by_hand(
            "GRANT OWNERSHIP ON TABLE ANALYTICS.HR.SALARIES TO ROLE CUBE_DEV COPY CURRENT GRANTS"
        )
        assert world.refresh() == {}
        assert world.outputs["extra"] == ['OWNERSHIP ON TABLE "ANALYTICS"."HR"."SALARIES"']
        assert "ownership cannot be revoked" in world.heard.warnings[-1]

    def test_other_roles_are_never_touched(self, world: World) -> None:
        before = world.account.holds("ANALYST")
        world.up(inputs(*WHOLE))
        world.up(inputs(*SALES))
        world.lifecycle.delete("id", world.outputs)
        assert world.account.holds("ANALYST") == before
        assert all('"CUBE_DEV"' in each for each in world.account.changes)


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
