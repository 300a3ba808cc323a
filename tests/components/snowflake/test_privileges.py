"""The canonical text of a privilege: both ways, what may be wanted, and the statements."""

from __future__ import annotations

import pytest

from cube_access.snowflake.privileges import Entry, granted, grantee

WANTED = {
    'USAGE ON DATABASE "DB"': Entry("USAGE", "DATABASE", ("DB",)),
    'USAGE ON SCHEMA "DB"."S"': Entry("USAGE", "SCHEMA", ("DB", "S")),
    'USAGE ON ALL AND FUTURE SCHEMAS IN DATABASE "DB"': Entry(
        "USAGE", "SCHEMA", ("DB",), "ALL AND FUTURE"
    ),
    'SELECT ON ALL AND FUTURE TABLES IN SCHEMA "DB"."S"': Entry(
        "SELECT", "TABLE", ("DB", "S"), "ALL AND FUTURE"
    ),
    'SELECT ON ALL AND FUTURE MATERIALIZED VIEWS IN DATABASE "DB"': Entry(
        "SELECT", "MATERIALIZED VIEW", ("DB",), "ALL AND FUTURE"
    ),
    'SELECT ON TABLE "DB"."S"."T"': Entry("SELECT", "TABLE", ("DB", "S", "T")),
    'SELECT ON VIEW "a.b"."c""d|e"." ON "': Entry("SELECT", "VIEW", ("a.b", 'c"d|e', " ON ")),
    'USAGE ON WAREHOUSE "WH"': Entry("USAGE", "WAREHOUSE", ("WH",)),
    'USAGE ON DATABASE ROLE "DB"."R"': Entry("USAGE", "DATABASE ROLE", ("DB", "R")),
    'IMPORTED PRIVILEGES ON DATABASE "DB"': Entry("IMPORTED PRIVILEGES", "DATABASE", ("DB",)),
    'INHERITED SELECT ON ALL TABLES IN SCHEMA "DB"."S"': Entry(
        "SELECT", "TABLE", ("DB", "S"), "ALL", inherited=True
    ),
}
HELD = {
    'OPERATE ON WAREHOUSE "WH"': Entry("OPERATE", "WAREHOUSE", ("WH",)),
    'OWNERSHIP ON TABLE "DB"."S"."T"': Entry("OWNERSHIP", "TABLE", ("DB", "S", "T")),
    'SELECT ON FUTURE TABLES IN SCHEMA "DB"."S"': Entry("SELECT", "TABLE", ("DB", "S"), "FUTURE"),
    'SELECT ON TABLE "DB"."S"."T" WITH GRANT OPTION': Entry(
        "SELECT", "TABLE", ("DB", "S", "T"), grant_option=True
    ),
    "CREATE DATABASE ON ACCOUNT": Entry("CREATE DATABASE", "ACCOUNT"),
    'USAGE ON ROLE "OTHER"': Entry("USAGE", "ROLE", ("OTHER",)),
    'APPLY ON FUTURE MASKING POLICIES IN SCHEMA "DB"."S"': Entry(
        "APPLY", "MASKING POLICY", ("DB", "S"), "FUTURE"
    ),
}


@pytest.mark.parametrize(("text", "entry"), [*WANTED.items(), *HELD.items()])
def test_an_entry_and_its_text_say_the_same(text: str, entry: Entry) -> None:
    assert entry.text == text
    assert Entry.of(text) == entry


@pytest.mark.parametrize(
    "text",
    [
        "",
        "USAGE",
        "usage ON DATABASE DB",
        'USAGE  ON DATABASE "DB"',
        'USAGE ON DATABASE "DB" X',
        'SELECT ON TABLE "A"."B"."C',
        'SELECT ON TABLES IN SCHEMA "A"."B"',
    ],
)
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a privilege"):
        Entry.of(text)


def test_only_what_reading_takes_may_be_wanted() -> None:
    assert all(Entry.of(text).declarable() for text in WANTED)
    assert not any(Entry.of(text).declarable() for text in HELD)
    more = ['USAGE ON ALL AND FUTURE TABLES IN SCHEMA "A"."B"', 'SELECT ON SCHEMA "A"."B"']
    more += ['SELECT ON ALL AND FUTURE STAGES IN SCHEMA "A"."B"', "SELECT ON ACCOUNT"]
    more += ["INHERITED SELECT ON ALL TABLES IN ACCOUNT", 'USAGE ON STAGE "A"."B"."C"']
    assert not any(Entry.of(text).declarable() for text in more)


def test_statements_are_what_snowflake_takes() -> None:
    role = grantee('R"x', "ROLE")
    assert role == 'ROLE "R""x"'
    both = Entry.of('SELECT ON ALL AND FUTURE TABLES IN SCHEMA "DB"."S"')
    assert both.grants(role) == [
        'GRANT SELECT ON ALL TABLES IN SCHEMA "DB"."S" TO ROLE "R""x"',
        'GRANT SELECT ON FUTURE TABLES IN SCHEMA "DB"."S" TO ROLE "R""x"',
    ]
    database_role = grantee('"DB"."R"', "DATABASE ROLE")
    inherited = Entry.of('INHERITED SELECT ON ALL TABLES IN SCHEMA "DB"."S"')
    assert inherited.revokes(database_role) == [
        'REVOKE INHERITED SELECT ON ALL TABLES IN SCHEMA "DB"."S" FROM DATABASE ROLE "DB"."R"'
    ]
    member = Entry.of('USAGE ON DATABASE ROLE "DB"."R"')
    assert member.grants(role) == ['GRANT DATABASE ROLE "DB"."R" TO ROLE "R""x"']
    option = Entry.of('SELECT ON VIEW "A"."B"."C" WITH GRANT OPTION')
    assert option.revoke_option(role) == (
        'REVOKE GRANT OPTION FOR SELECT ON VIEW "A"."B"."C" FROM ROLE "R""x"'
    )
    assert option.revokes(role) == ['REVOKE SELECT ON VIEW "A"."B"."C" FROM ROLE "R""x"']
    function = Entry("USAGE", "FUNCTION", ("A", "B", "F(X NUMBER, Y VARCHAR):NUMBER"))
    assert function.revokes(role) == [
        'REVOKE USAGE ON FUNCTION "A"."B"."F"(NUMBER, VARCHAR) FROM ROLE "R""x"'
    ]


def test_the_input_names_each_once() -> None:
    entry = Entry.of('USAGE ON WAREHOUSE "WH"')
    assert granted(entry, entry) == {'USAGE ON WAREHOUSE "WH"': "granted"}
