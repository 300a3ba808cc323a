"""The report and the policy pack read the same statements alike: one corpus, both asked."""

from __future__ import annotations

from typing import Any

import pytest

from cube_access.report.access import Access, Names
from cube_access.report.preview import Resource, text_of
from cube_access.report.snowflake import READERS
from policies.rules import sql
from tests.policies.harness import Resource as Judged
from tests.policies.harness import judge, rules_of

EXECUTE = "snowflake:index/execute:Execute"
REFUSED = {"statements-known"}
READ_ONLY = {"grants-read-only"}
ADMIN = {"admin-roles-ungranted"}
# The statement, what the report shows of it (nothing: it is listed as not read), and the rules of
# the pack that it breaks.
GRANTS: list[tuple[str, list[str], set[str]]] = [
    ("GRANT SELECT ON TABLE d.s.t TO ROLE r", ["role R: SELECT on table D.S.T"], set()),
    ('GRANT SELECT ON TABLE D."s"."t" TO ROLE "r"', ['role r: SELECT on table D."s"."t"'], set()),
    ("grant usage on database d to r", ["role R: USAGE on database D"], set()),
    (
        "GRANT SELECT, REFERENCES ON VIEW d.s.v TO DATABASE ROLE d.r",
        [
            "database role D.R: REFERENCES on view D.S.V",
            "database role D.R: SELECT on view D.S.V",
        ],
        set(),
    ),
    (
        "GRANT SELECT ON ALL TABLES IN SCHEMA d.s TO ROLE r",
        ["role R: SELECT on schema D.S, all tables"],
        set(),
    ),
    (
        "GRANT SELECT ON FUTURE EXTERNAL TABLES IN DATABASE d TO ROLE r",
        ["role R: SELECT on database D, future external tables"],
        set(),
    ),
    (
        "GRANT INHERITED SELECT ON ALL VIEWS IN DATABASE d TO ROLE r",
        ["role R: SELECT on database D, inherited views"],
        set(),
    ),
    (
        "GRANT INHERITED SELECT ON ALL TABLES IN ACCOUNT TO ROLE r",
        ["role R: SELECT on account the account, inherited tables"],
        READ_ONLY,
    ),
    (
        "GRANT SELECT ON ALL TABLES IN ACCOUNT TO ROLE r",
        ["role R: SELECT on account the account, all tables"],
        READ_ONLY,
    ),
    ("GRANT ALL ON SCHEMA d.s TO ROLE r", ["role R: ALL PRIVILEGES on schema D.S"], READ_ONLY),
    (
        "GRANT MANAGE GRANTS ON ACCOUNT TO ROLE r",
        ["role R: MANAGE GRANTS on account the account"],
        READ_ONLY,
    ),
    (
        "GRANT SELECT ON TABLE d.s.t TO ROLE r WITH GRANT OPTION",
        ["role R: SELECT on table D.S.T, may pass it on"],
        {"grants-not-passed-on"},
    ),
    (
        "GRANT USAGE ON INTEGRATION i TO ROLE r",
        ["role R: USAGE on integration I"],
        READ_ONLY,
    ),
    (
        "GRANT SELECT /* all */ ON -- of it\n TABLE d.s.t TO ROLE r;",
        ["role R: SELECT on table D.S.T"],
        set(),
    ),
    (
        "GRANT SELECT ON VIEW d.s.v TO SHARE s",
        ["share S: SELECT on view D.S.V"],
        {"grants-to-somebody"},
    ),
    ("GRANT USAGE ON WAREHOUSE w TO USER u", ["user U: USAGE on warehouse W"], set()),
    ("GRANT ROLE reader TO USER u", ["user U has role READER"], set()),
    ("GRANT ROLE accountadmin TO USER u", ["user U has role ACCOUNTADMIN"], ADMIN),
    (
        'GRANT DATABASE ROLE d."r" TO ROLE x',
        ['role X has database role D."r"'],
        set(),
    ),
    ("GRANT APPLICATION ROLE a.r TO ROLE x", ["role X has application role A.R"], set()),
    # No plain name: what it is on cannot be shown.
    ("GRANT USAGE ON FUNCTION d.s.f(NUMBER) TO ROLE r", [], set()),
    ("GRANT SELECT ON TABLE IDENTIFIER('d.s.t') TO ROLE r", [], set()),
    ("GRANT SELECT (a, b) ON TABLE d.s.t TO ROLE r", [], READ_ONLY),
    # They take away, which is no access; what is left nobody can tell from it.
    ("REVOKE SELECT ON TABLE d.s.t FROM ROLE r", [], {"grants-additive"}),
    ("REVOKE ROLE reader FROM USER u", [], {"grants-additive"}),
    # Not recognised.
    ("SELECT 1 ->> GRANT ROLE ACCOUNTADMIN TO USER u", [], REFUSED),
    ("GRANT SELECT ON TABLE d.s.t TO ROLE r ->> CALL p()", [], REFUSED),
    ("CALL d.s.grant_everything()", [], REFUSED),
    ("EXECUTE IMMEDIATE 'GRANT ROLE r TO USER u'", [], REFUSED),
    ("BEGIN GRANT ROLE r TO USER u; END", [], REFUSED),
    ("SELECT 1; GRANT ROLE r TO USER u", [], REFUSED),
    ("GRANT ROLE IDENTIFIER($r) TO USER u", [], REFUSED),
    ("GRANT ROLE r TO USER 'u'", [], REFUSED),
    ("WITH x AS (SELECT 1) CALL p()", [], REFUSED),
    ("ALTER USER u SET DEFAULT_ROLE = ACCOUNTADMIN", [], REFUSED),
    ("SELECT SYSTEM$GENERATE_SCIM_ACCESS_TOKEN('X')", [], REFUSED),
]
LOOKS = [
    "SELECT 1",
    "WITH x AS (SELECT 1) SELECT * FROM x",
    "SHOW GRANTS TO ROLE r;",
    "DESCRIBE INTEGRATION i",
    "ALTER SECURITY INTEGRATION i REFRESH OAUTH_CLIENT_SECRET",
]


def reported(**inputs: Any) -> tuple[list[str], set[tuple[str, str]]]:
    """The access that the report reads from a raw statement, and what it lists as not read."""
    resource = Resource(f"urn::{EXECUTE}::raw", EXECUTE, inputs, {})
    access = Access()
    READERS[resource.kind](resource, Names([resource]), access)
    lines = [
        f"{each.holder}: {each.privilege} on {each.kind} {each.securable}"
        + (f", {each.scope}" if each.scope else "")
        + (", may pass it on" if each.option else "")
        for each in access.grants
    ]
    lines += [f"{member} has {role}" for member, role in access.members]
    return sorted(lines), access.not_read


def judged(**inputs: Any) -> set[str]:
    return rules_of(judge(Judged(type=EXECUTE, props=inputs)), "mandatory")


@pytest.mark.parametrize(("statement", "shown", "rules"), GRANTS)
def test_a_grant_is_shown_or_listed_as_the_pack_reads_it(
    statement: str, shown: list[str], rules: set[str]
) -> None:
    lines, not_read = reported(execute=statement)
    assert lines == shown
    assert not_read == (set() if shown else {("snowflake:Execute", "raw")})
    assert judged(execute=statement, revert="SELECT 1") == rules
    if isinstance(sql.read(statement), sql.NotKnown):
        assert not shown


@pytest.mark.parametrize("hidden", ["[secret]", "[not known yet]", ""])
def test_a_statement_that_cannot_be_seen_is_listed(hidden: str) -> None:
    assert reported(execute=hidden) == ([], {("snowflake:Execute", "raw")})


@pytest.mark.parametrize("end", ["\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\n"])
def test_a_comment_hides_nothing_from_either(end: str) -> None:
    statement = f"SELECT 1 -- x{end}->> GRANT ROLE ACCOUNTADMIN TO USER u"
    assert reported(execute=text_of(statement)) == ([], {("snowflake:Execute", "raw")})
    assert judged(execute=statement, revert="SELECT 1") == REFUSED


@pytest.mark.parametrize("statement", LOOKS)
def test_what_only_looks_is_no_word_worth_to_either(statement: str) -> None:
    assert reported(execute=statement, revert=statement) == ([], set())
    assert judged(execute=statement, revert="SELECT 1") == set()


@pytest.mark.parametrize("key", ["revert", "query"])
@pytest.mark.parametrize(
    "statement",
    ["GRANT ROLE ACCOUNTADMIN TO USER u", "CALL p()", "SELECT 1 ->> GRANT ROLE r TO USER u"],
)
def test_what_runs_later_is_read_too(key: str, statement: str) -> None:
    inputs = {"execute": "GRANT SELECT ON TABLE d.s.t TO ROLE r", "revert": "SELECT 1"}
    lines, not_read = reported(**{**inputs, key: statement})
    assert lines == ["role R: SELECT on table D.S.T"]
    assert not_read == {("snowflake:Execute", f"raw ({key})")}
    assert judged(**{**inputs, key: statement})


@pytest.mark.parametrize(
    ("made", "undone", "alike"),
    [
        ("GRANT SELECT ON TABLE d.s.t TO ROLE r", "REVOKE SELECT ON TABLE d.s.t FROM ROLE r", True),
        (
            "GRANT SELECT ON TABLE d.s.t TO ROLE r WITH GRANT OPTION",
            "revoke select on table D.S.T from role R cascade",
            True,
        ),
        ("GRANT ROLE a TO USER u", "REVOKE ROLE a FROM USER u", True),
        (
            "GRANT SELECT ON TABLE d.s.t TO ROLE r",
            "REVOKE SELECT ON TABLE d.s.x FROM ROLE r",
            False,
        ),
        (
            "GRANT SELECT ON ALL TABLES IN SCHEMA d.s TO ROLE r",
            "REVOKE SELECT ON FUTURE TABLES IN SCHEMA d.s FROM ROLE r",
            False,
        ),
        ("GRANT ROLE a TO USER u", "REVOKE ROLE b FROM USER u", False),
        ("GRANT ROLE a TO USER u", "REVOKE DATABASE ROLE a FROM USER u", False),
    ],
)
def test_a_revert_is_the_grants_own_end_or_is_told(made: str, undone: str, alike: bool) -> None:
    _, not_read = reported(execute=made, revert=undone)
    assert not_read == (set() if alike else {("snowflake:Execute", "raw (revert)")})
    said = judged(execute=made, revert=undone)
    assert ("grants-additive" in said) is not alike
