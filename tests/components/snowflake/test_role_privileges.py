"""A role's privileges as one set, on the sandbox's account: what is read, done and left alone."""

from __future__ import annotations

import pytest

from cube_access.provider.lifecycle import Values
from cube_access.provider.values import UNKNOWN
from cube_access.snowflake.privileges import GRANTED, NOT_DECLARED
from tests.components.snowflake.role_world import ORDERS, SALES, WHOLE, World, inputs


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
