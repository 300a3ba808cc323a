"""What a difference is."""

from __future__ import annotations

import pytest
from snowflake.connector.errors import ProgrammingError

from cube_access.snowflake.grants import Reading, reading
from cube_access.snowflake.holdings import exact
from cube_access.verify.snowflake.compare import Relation, compare, shadowed
from cube_access.verify.snowflake.eyes import seen
from cube_access.verify.snowflake.held import PUBLIC, Held, Holdings, read_row
from cube_access.verify.snowflake.relations import present
from cube_access.verify.snowflake.session import (
    Row,
    Session,
)
from cube_access.verify.snowflake.sessions import Sessions
from cube_access.verify.snowflake.tries import Explained, reads, refuses_reads
from cube_access.verify.snowflake.verification import _future_kinds, history_untried
from tests.components.verify.snowflake_by_hand import OURS, Known, declared, eyes, row


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("ANALYTICS.SALES.ORDERS", ("ANALYTICS", "SALES", "ORDERS")),
        ('ANALYTICS."web data"."a.b"', ("ANALYTICS", "web data", "a.b")),
        ("lower", ("lower",)),
        ('"has ""quotes"""', ('has "quotes"',)),
    ],
)
def test_names_in_show_grants_are_exact(text: str, name: tuple[str, ...]) -> None:
    assert exact(text) == name


def test_a_row_of_an_inherited_grant_is_of_its_place() -> None:
    inherited = row(name="", is_inherited="true", inherited_from_database="D",
                    inherited_from_schema="S")  # fmt: skip
    held = read_row(inherited, OURS)
    assert (held.name, held.words()) == (("D", "S"), "SELECT ON ALL AND FUTURE TABLES IN D.S")
    assert held.revoke() == (
        'REVOKE INHERITED SELECT ON ALL TABLES IN SCHEMA "D"."S" FROM ROLE "CUBE";'
    )


def test_a_function_is_revoked_by_its_signature() -> None:
    held = read_row(row(granted_on="FUNCTION", privilege="USAGE",
                        name='D.S."F(NUMBER):VARCHAR"'), OURS)  # fmt: skip
    assert held.revoke() == 'REVOKE USAGE ON FUNCTION "D"."S"."F"(NUMBER) FROM ROLE "CUBE";'


def differences(wanted: Reading, *held: Held) -> list[tuple[str, str]]:
    present = [Relation(("D", "S", "T"), "TABLE")]
    base = (
        Held("USAGE", "DATABASE", ("D",), OURS),
        Held("USAGE", "SCHEMA", ("D", "S"), OURS),
        Held("USAGE", "WAREHOUSE", ("WH",), OURS),
    )
    lines = compare(declared(wanted), Known(*base, *held), present, "service account")
    return [(line.verdict, line.what) for line in lines if line.verdict in ("extra", "lack")]


def test_one_inherited_grant_stands_for_present_and_future_objects() -> None:
    wanted = reading([("D", "S")], ["TABLES"], inherited=True)
    held = Held("SELECT", "TABLE", ("D", "S"), OURS, inherited=True)
    assert differences(wanted, held) == []
    assert differences(wanted) == [("lack", "SELECT ON ALL AND FUTURE TABLES IN D.S")]
    elsewhere = Held("SELECT", "TABLE", ("D", "HR"), OURS, inherited=True)
    assert differences(wanted, held, elsewhere) == [
        ("extra", "SELECT ON ALL AND FUTURE TABLES IN D.HR")
    ]


def test_an_imported_database_is_one_privilege_that_is_shown_as_usage() -> None:
    wanted = reading([("D", "S")], ["TABLES"], imported=["WEATHER"])
    future = Held("SELECT", "TABLE", ("D", "S"), OURS, future=True)
    table = Held("SELECT", "TABLE", ("D", "S", "T"), OURS)
    usage = Held("USAGE", "DATABASE", ("WEATHER",), OURS)
    assert differences(wanted, future, table, usage) == []
    assert differences(wanted, future, table) == [("lack", "USAGE ON DATABASE WEATHER")]
    unwanted = reading([("D", "S")], ["TABLES"])
    ((verdict, what),) = differences(unwanted, future, table, usage)
    assert verdict == "extra"
    assert what.startswith("IMPORTED PRIVILEGES ON DATABASE WEATHER, which SHOW GRANTS writes as")
    rules = declared(wanted)
    inside = Relation(("WEATHER", "S", "T"), "EXTERNAL_TABLE")
    assert rules.reads(inside.name, inside.kind), "of whatever kind"
    assert not rules.covers(inside.name), "no write is tried there"
    held = Known(usage, future, table)
    lines = compare(rules, held, [inside], "service account")
    assert not any("WEATHER.S.T" in line.what for line in lines), "it has no grant of its own"


def test_a_database_that_is_not_seen_gets_no_statement_that_may_be_refused() -> None:
    held = Known(Held("USAGE", "DATABASE", ("GONE",), OURS))
    lines = compare(declared(reading([("D", "S")], ["TABLES"])), held, [], "service account")
    (line,) = [each for each in lines if "GONE" in each.what]
    assert line.what == "USAGE ON DATABASE GONE; whether another account shares it was not seen"
    assert (line.verdict, line.fix) == ("extra", "")


def test_what_public_has_of_snowflakes_own_database_is_tried_or_not_seen() -> None:
    usage = Held("USAGE", "DATABASE", ("SNOWFLAKE",), PUBLIC)
    held = Known(usage)
    lines = compare(declared(reading([("D", "S")], ["TABLES"])), held, [], "deployer")
    (line,) = [each for each in lines if "SNOWFLAKE" in each.what]
    assert (line.verdict, line.what) == ("note", "USAGE ON DATABASE SNOWFLAKE")
    assert line.fix == 'REVOKE IMPORTED PRIVILEGES ON DATABASE "SNOWFLAKE" FROM ROLE "PUBLIC";'
    (unseen,) = history_untried(held, "deployer")
    assert (unseen.verdict, unseen.name) == ("unseen", "SNOWFLAKE")
    assert list(history_untried(Known(), "deployer")) == []


def test_a_kind_that_is_not_declared_is_extra_even_in_a_declared_schema() -> None:
    wanted = reading([("D", "S")], ["TABLES"])
    held = [
        Held("SELECT", "TABLE", ("D", "S"), OURS, future=True),
        Held("SELECT", "TABLE", ("D", "S", "T"), OURS),
    ]
    assert differences(wanted, *held) == []
    view = Held("SELECT", "VIEW", ("D", "S", "V"), OURS)
    assert differences(wanted, *held, view) == [("extra", "SELECT ON VIEW D.S.V")]


def test_a_shadowed_future_grant_is_lacking_where_it_is_shadowed() -> None:
    wanted = declared(reading([("D",)], ["TABLES"]))
    (line,) = shadowed(wanted, [(("D", "HR"), {"TABLE", "STAGE"}, {"ENGINEER"})], "deployer")
    assert line.verdict == "lack"
    assert "the schema has its own (to ENGINEER)" in line.what
    assert line.fix == 'GRANT SELECT ON FUTURE TABLES IN SCHEMA "D"."HR" TO ROLE "CUBE";'


def test_a_schema_shadows_by_kind() -> None:
    """A future grant of ours for one kind brings back no other."""

    def coming(kind: str, to: str) -> Row:
        return {"grant_on": kind, "grantee_name": to}

    wanted = declared(reading([("D",)], ["TABLES", "VIEWS"]))
    told = {
        'SHOW SCHEMAS IN DATABASE "D" LIMIT 10000': [{"name": "HR"}],
        'SHOW FUTURE GRANTS IN SCHEMA "D"."HR"': [
            coming("TABLE", "ENGINEER"), coming("VIEW", "ENGINEER"), coming("VIEW", "CUBE"),
        ],
    }  # fmt: skip
    found = shadowed(wanted, _future_kinds(eyes(told).security, wanted), "deployer")
    assert [line.what.partition(":")[0] for line in found] == ["SELECT ON FUTURE TABLES IN D.HR"]


def through_public(privilege: str, kind: str, *name: str) -> str:
    held = Held(privilege, kind, name, PUBLIC)
    lines = compare(declared(reading([("D", "S")], ["TABLES"])), Known(held), [], "deployer")
    (line,) = [line for line in lines if line.through == "PUBLIC"]
    return line.verdict


@pytest.mark.parametrize(
    ("privilege", "kind", "name"),
    [
        ("USAGE", "DATABASE_ROLE", "SNOWFLAKE.CORTEX_USER"),
        ("USAGE", "COMPUTE_POOL", "SYSTEM_COMPUTE_POOL_CPU"),
        ("USAGE", "WAREHOUSE", "SYSTEM$STREAMLIT_NOTEBOOK_WH"),
        ("USAGE", "DATABASE", "SNOWFLAKE"),
        ("USAGE", "SCHEMA", "ANALYTICS.SALES"),
        ("SELECT", "VIEW", "SNOWFLAKE_SAMPLE_DATA.TPCH_SF1.ORDERS"),
    ],
)
def test_what_public_has_in_every_account_is_noted(privilege: str, kind: str, name: str) -> None:
    assert through_public(privilege, kind, *name.split(".")) == "note"


@pytest.mark.parametrize(
    ("privilege", "kind", "name"),
    [
        ("USAGE", "ROLE", "SNOWFLAKE_ADMINS"),
        ("USAGE", "DATABASE_ROLE", "SNOWFLAKE.GOVERNANCE_VIEWER"),
        ("SELECT", "TABLE", "SNOWFLAKE_RAW.HR.SALARIES"),
        ("OWNERSHIP", "TABLE", "HR.PAY.SYSTEM_USERS"),
        ("INSERT", "TABLE", "ANALYTICS.SALES.SNOWFLAKE_ORDERS"),
        ("OPERATE", "WAREHOUSE", "SYSTEM$STREAMLIT_NOTEBOOK_WH"),
        ("USAGE", "WAREHOUSE", "SYSTEM_WH"),
    ],
)
def test_a_name_that_begins_as_snowflakes_excuses_nothing(
    privilege: str, kind: str, name: str
) -> None:
    assert through_public(privilege, kind, *name.split(".")) == "extra"


class Answers(Session):
    """Refuses to read all but one."""

    def __init__(self, readable: str = "", rows: int = 0) -> None:
        self.readable, self.count = readable, rows

    def rows(self, statement: str) -> list[Row]:
        if statement.startswith("SELECT") and self.readable not in statement:
            raise ProgrammingError("no", sqlstate="42501")
        return [] if "FUTURE" in statement else [row()] * self.count


def test_the_little_that_the_service_account_sees_is_not_lost_among_the_rest() -> None:
    shared = Relation(("PARTNER", "S", "ONE"), "TABLE")
    others = [Relation(("D", "HR", f"T{number}"), "TABLE") for number in range(9_000)]
    lines = list(
        refuses_reads(
            Sessions(lambda: Answers('"PARTNER"."S"."ONE"')),
            declared(reading([("D", "S")], ["TABLES"])),
            [],
            [shared],
            others,
            Explained((), ()),
        )
    )
    assert [line.verdict for line in lines] == ["extra", "ok"]
    assert lines[0].what.startswith("reads PARTNER.S.ONE")
    assert (lines[0].fix, "SHOW GRANTS ON TABLE" in lines[0].hint) == ("", True)
    assert lines[1].what == "refused to read 20 of 21 tried, of 9001 others known"


def test_an_answer_that_may_have_been_cut_short_is_said() -> None:
    holdings = Holdings(Sessions(lambda: Answers(rows=10_000)))
    wanted = declared(reading([("D", "S")], ["TABLES"]))
    unseen = [
        line.what for line in compare(wanted, holdings, [], "deployer") if line.verdict == "unseen"
    ]
    assert "what role CUBE holds beyond 10,000 rows" in unseen
    assert Holdings(Sessions(lambda: Answers(rows=9_999))).of(OURS)


class Hides(Session):
    """Refuses to tell what one grantee holds."""

    def __init__(self, hidden: str) -> None:
        self.hidden = hidden

    def rows(self, statement: str) -> list[Row]:
        if statement.endswith(self.hidden):
            raise ProgrammingError("Insufficient privileges", sqlstate="42501")
        if statement == 'SHOW GRANTS TO USER "CUBE"':
            return [{"role": "CUBE"}, {"role": "HIDDEN"}]
        return []


def test_a_look_that_is_refused_is_not_seen_and_no_finding() -> None:
    holdings = Holdings(Sessions(lambda: Hides('USER "CUBE"')))
    wanted = declared(reading([("D", "S")], ["TABLES"]))
    lines = list(seen("its grants", "deployer", lambda: compare(wanted, holdings, [], "deployer")))
    assert [(line.verdict, line.what) for line in lines] == [
        ("unseen", "its grants: Insufficient privileges")
    ]


class Lists(Session):
    """Lists one table of a schema, or is refused to."""

    def __init__(self, *, refused: bool) -> None:
        self.refused_ = refused

    def rows(self, statement: str) -> list[Row]:
        if self.refused_:
            raise ProgrammingError("does not exist or not authorized", sqlstate="02000")
        one = {"database_name": "D", "schema_name": "S", "name": "T"}
        return [one] if statement.startswith("SHOW TABLES") else []


def test_a_place_that_the_deployer_may_not_list_is_listed_by_the_service_account() -> None:
    wanted = declared(reading([("D", "S")], ["TABLES"]))
    deployer, me = (Sessions(lambda: Lists(refused=True)), Sessions(lambda: Lists(refused=False)))
    listed = present(deployer, wanted, me)
    assert ([each.name for each in listed.relations], listed.problems) == ([("D", "S", "T")], [])
    alone = present(deployer, wanted, None)
    assert (alone.relations, alone.problems) == (
        [],
        ["tables and views in D.S: does not exist or not authorized"],
    )


def test_what_a_role_brings_is_not_nothing_where_it_was_not_seen() -> None:
    holdings = Holdings(Sessions(lambda: Hides('ROLE "HIDDEN"')))
    wanted = declared(reading([("D", "S")], ["TABLES"]))
    (line,) = [
        line for line in compare(wanted, holdings, [], "deployer") if line.verdict == "extra"
    ]
    assert line.what == (
        "role HIDDEN is granted to user CUBE; it brings what role HIDDEN holds, which was not seen"
    )
    assert line.fix == 'REVOKE ROLE "HIDDEN" FROM USER "CUBE";'


class Refuses(Session):
    """Refuses whatever names one of these relations."""

    def __init__(self, *names: str) -> None:
        self.names, self.sent = names, list[str]()

    def rows(self, statement: str) -> list[Row]:
        self.sent.append(statement)
        if any(f'"{name}"' in statement for name in self.names):
            raise ProgrammingError("no such object, or not authorized", sqlstate="42S02")
        return []


def read_all(session: Refuses, tables: int) -> tuple[list[str], list[str]]:
    present = [Relation(("D", f"S{number}", f"T{number}"), "TABLE") for number in range(tables)]
    wanted = reading([each.name[:2] for each in present], ["TABLES"])
    lines = list(reads(Sessions(lambda: session, most=1), declared(wanted), present))
    assert len(lines) == tables
    return [line.what for line in lines if line.verdict == "lack"], session.sent


def test_what_can_be_read_is_tried_many_at_once() -> None:
    lacking, sent = read_all(Refuses(), 60)
    assert lacking == []
    assert len(sent) == 3
    assert all(f'"T{number}"' in "".join(sent) for number in range(60))


def test_of_what_is_tried_at_once_each_refusal_is_named_and_no_other() -> None:
    lacking, sent = read_all(Refuses("T7", "T31"), 60)
    assert lacking == [
        "D.S31.T31 cannot be read: no such object, or not authorized",
        "D.S7.T7 cannot be read: no such object, or not authorized",
    ]
    assert len(sent) == 3 + 25 + 10, "one by one in their own statements only"


def test_what_a_cut_off_answer_does_not_have_is_no_lack() -> None:
    known = Known(Held("USAGE", "DATABASE", ("D",), OURS))
    present = [Relation(("D", "S", "T"), "TABLE")]
    wanted = declared(reading([("D", "S")], ["TABLES"]))
    assert [line.verdict for line in compare(wanted, known, present, "deployer")].count("lack") == 4
    known.cut_short = {OURS}
    lines = compare(wanted, known, present, "deployer")
    assert [line.verdict for line in lines if line.verdict != "ok"] == ["unseen", "unseen"]
    assert lines[0].what.startswith("whether 3 privileges that are declared")
