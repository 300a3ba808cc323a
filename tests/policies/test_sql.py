"""Statements are told apart; what is not recognised is not allowed."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.rules import sql
from policies.rules.grants import DATABRICKS_READING, SNOWFLAKE_READING
from tests.policies.cases.types import EXECUTE, GRANT, GRANT_GOOD, ROLE_GRANT, ROLE_GRANT_GOOD
from tests.policies.harness import Resource, judge, rules_of

TARGETS = {
    "DATABASE": {"onAccountObject": {"objectType": "DATABASE", "objectName": "D"}},
    "SCHEMA": {"onSchema": {"schemaName": "D.S"}},
    "WAREHOUSE": {"onAccountObject": {"objectType": "WAREHOUSE", "objectName": "W"}},
    "TABLE": {"onSchemaObject": {"objectType": "TABLE", "objectName": "T"}},
}
PRIVILEGES = """
    ALL|ALL PRIVILEGES|APPLY|APPLY MASKING POLICY|APPLYBUDGET|CREATE DATABASE|CREATE ROLE
    |CREATE TABLE|CREATE USER|DELETE|EVOLVE SCHEMA|EXECUTE|EXECUTE TASK|EXTERNAL USE SCHEMA
    |IMPORT SHARE|IMPORTED PRIVILEGES|INSERT|MANAGE|MANAGE GRANTS|MODIFY|MONITOR|OPERATE|OWNERSHIP
    |READ|REBUILD|REFERENCES|REFRESH|TRUNCATE|UPDATE|WRITE|WRITE_VOLUME|CREATE_SCHEMA|USE CONNECTION
""".strip().split("|")
KNOWN = [" ".join(privilege.split()) for privilege in PRIVILEGES]


@st.composite
def spelled(draw: st.DrawFn, words: str) -> str:
    """The same privilege in another case and spacing."""
    letters = [draw(st.sampled_from([c.upper(), c.lower()])) for c in words]
    text = "".join(letters)
    gap = draw(st.sampled_from([" ", "  ", "\t", "_"]))
    around = draw(st.sampled_from(["", " "]))
    return f"{around}{gap.join(text.split())}{around}"


def is_reading(privilege: str, target: str) -> bool:
    return privilege.strip().upper() in SNOWFLAKE_READING[target]


SOMETHING = st.sampled_from(KNOWN).flatmap(spelled) | st.text(
    st.sampled_from(string.ascii_letters + " _"), min_size=1, max_size=24
).filter(lambda text: text.strip() != "")


@settings(max_examples=60, deadline=None)
@given(
    privilege=SOMETHING,
    target=st.sampled_from(sorted(TARGETS)),
    place=st.integers(0, 2),
)
def test_whatever_is_not_reading_is_refused_on_snowflake(
    privilege: str, target: str, place: int
) -> None:
    if is_reading(privilege, target):
        return
    reading = [min(SNOWFLAKE_READING[target])] * 2
    props = {**ROLE_GRANT_GOOD, **TARGETS[target], "privileges": [*reading[:place], privilege]}
    if "onSchemaObject" not in TARGETS[target]:
        del props["onSchemaObject"]
    assert rules_of(judge(Resource(type=ROLE_GRANT, props=props))) == {"grants-read-only"}


@settings(max_examples=60, deadline=None)
@given(privilege=SOMETHING, place=st.integers(0, 2))
def test_whatever_is_not_reading_is_refused_on_databricks(privilege: str, place: int) -> None:
    if "_".join(privilege.upper().split()) in DATABRICKS_READING:
        return
    privileges = ["SELECT", "USE_SCHEMA"]
    privileges.insert(place, privilege)
    said = judge(Resource(type=GRANT, props={**GRANT_GOOD, "privileges": privileges}))
    assert rules_of(said) == {"grants-read-only"}


@settings(max_examples=60, deadline=None)
@given(
    privilege=SOMETHING,
    gap=st.sampled_from([" ", "\n", "\t ", " /* SELECT */ ", " -- USAGE\n"]),
    target=st.sampled_from(["TABLE t", 'VIEW "D"."S"."V"', "ALL TABLES IN SCHEMA d.s", "SCHEMA s"]),
)
def test_whatever_is_not_reading_is_refused_in_a_statement(
    privilege: str, gap: str, target: str
) -> None:
    if privilege.strip().upper() in frozenset().union(*SNOWFLAKE_READING.values()):
        return
    text = gap.join(["GRANT", privilege, "ON", target, "TO ROLE r"])
    said = judge(Resource(type=EXECUTE, props={"execute": text, "revert": "SELECT 1"}))
    assert rules_of(said, "mandatory"), text


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=60))
def test_any_text_at_all_is_read_without_an_error(text: str) -> None:
    assert isinstance(
        sql.read(text),
        sql.Privileges | sql.RoleOf | sql.Looks | sql.RefreshesSecret | sql.NotKnown,
    )


@pytest.mark.parametrize(
    ("statement", "meant"),
    [
        ("SELECT 1", sql.Looks()),
        ("with x as (select 1) select * from x", sql.Looks()),
        ("SHOW GRANTS TO ROLE r;", sql.Looks()),
        ("DESC INTEGRATION i", sql.Looks()),
        ("SELECT COUNT(*), max(a) FROM t WHERE b IN (1, 2)", sql.Looks()),
        ("WITH x (a) AS (SELECT 1) SELECT a FROM x", sql.Looks()),
        ("SELECT *\r\nFROM t", sql.Looks()),
        ("SELECT SYSTEM$SHOW_OAUTH_CLIENT_SECRETS('I')", sql.Looks(shows_secrets=True)),
        ("ALTER SECURITY INTEGRATION i REFRESH OAUTH_CLIENT_SECRET", sql.RefreshesSecret()),
        ('GRANT ROLE "a" TO USER "b"', sql.RoleOf('"a"', "USER", '"b"')),
        (
            'GRANT SELECT ON TABLE "D"."TO"."T" TO ROLE "ON"',
            sql.Privileges(("SELECT",), "TABLE", "ROLE", '"ON"', '"D"."TO"."T"'),
        ),
        (
            "REVOKE GRANT OPTION FOR SELECT ON VIEW v FROM ROLE r CASCADE",
            sql.Privileges(("SELECT",), "VIEW", "ROLE", "R", "V", revokes=True),
        ),
        (
            "GRANT USAGE ON FUTURE SCHEMAS IN DATABASE d TO DATABASE ROLE d.r",
            sql.Privileges(
                ("USAGE",), "SCHEMA", "DATABASE ROLE", "D.R", "D", "DATABASE", reach="FUTURE"
            ),
        ),
    ],
)
def test_what_is_recognised(statement: str, meant: sql.Statement) -> None:
    assert sql.read(statement) == meant


@pytest.mark.parametrize(
    "statement",
    [
        "",
        "CREATE USER u",
        "SELECT 1; SELECT 2",
        "SELECT * FROM x ->> DROP TABLE y",
        'SELECT "SYSTEM$GENERATE_SCIM_ACCESS_TOKEN"()',
        "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
        "ALTER SECURITY INTEGRATION i REFRESH OAUTH_CLIENT_SECRET SET ENABLED = FALSE",
        "GRANT SELECT ON TABLE t",
        "GRANT SELECT ON TABLE t TO ROLE r EXTRA",
        "GRANT ROLE r TO",
        "SELECT 'it''s fine' /* ; */ ; DROP TABLE t",
        "BEGIN SELECT 1; END",
        "SELECT IDENTIFIER('SYSTEM$GENERATE_SCIM_ACCESS_TOKEN')('x')",
        "SELECT post_outside(a) FROM t",
        "SELECT d.s.post_outside(a) FROM t",
        'SELECT "d"."s"."F"(a) FROM t',
        'SELECT "count"(a) FROM t',
        "WITH x AS (SELECT f(1)) SELECT * FROM x",
        "SELECT * FROM TABLE(d.s.f())",
        "SELECT 1 -- x\r ->> GRANT ROLE ACCOUNTADMIN TO USER u",
        "SELECT 1 -- x\u2028 ->> GRANT ROLE ACCOUNTADMIN TO USER u",
        "GRANT SELECT ON TABLE t TO ROLE r -- x\x85WITH GRANT OPTION",
    ],
)
def test_what_is_not_recognised(statement: str) -> None:
    assert isinstance(sql.read(statement), sql.NotKnown)


def test_the_beginning_that_is_shown_holds_no_literal() -> None:
    said = sql.read("CREATE USER u PASSWORD = 'planted'")
    assert said == sql.NotKnown("CREATE USER")
