"""Which statements may be sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cube_access.facts.identifiers import literal, quoted
from cube_access.verify.snowflake.compare import Relation
from cube_access.verify.snowflake.session import (
    POLICIES,
    UnsafeStatementError,
    require_safe,
)
from cube_access.verify.snowflake.tries import query_of_all

NAMES = st.text(min_size=1, max_size=12)


@given(st.lists(NAMES, min_size=1, max_size=3))
def test_a_look_at_any_name_is_safe(parts: list[str]) -> None:
    name = quoted(*parts)
    for statement in (
        f"SHOW GRANTS TO ROLE {name}",
        f"SHOW FUTURE GRANTS IN SCHEMA {name}",
        f"SELECT 1 FROM {name} LIMIT 1",
        f"USE ROLE {name}",
        f"SHOW GRANTS ON INTEGRATION {name}",
        f"SHOW PARAMETERS LIKE 'NETWORK_POLICY' IN USER {name}",
        f"SHOW USER PROGRAMMATIC ACCESS TOKENS FOR USER {name}",
        f"DESCRIBE SECURITY INTEGRATION {name}",
        POLICIES.format(literal(name)),
    ):
        require_safe(statement, in_transaction=False)


@given(NAMES, NAMES)
def test_a_write_is_safe_on_no_rows_in_a_transaction_only(table: str, column: str) -> None:
    name, of = quoted(table), quoted(column)
    for head in (
        f"INSERT INTO {name} SELECT * FROM {name}",
        f"DELETE FROM {name}",
        f"UPDATE {name} SET {of} = {of}",
    ):
        require_safe(f"{head} WHERE FALSE", in_transaction=True)
        for statement, inside in ((f"{head} WHERE FALSE", False), (head, True)):
            with pytest.raises(UnsafeStatementError):
                require_safe(statement, in_transaction=inside)


@given(NAMES, st.sampled_from(["; DROP TABLE T", " OR TRUE", "\n; COMMIT", '"; DELETE FROM "T']))
def test_nothing_can_be_added_to_a_statement(table: str, more: str) -> None:
    for statement in (
        f"DELETE FROM {quoted(table)} WHERE FALSE{more}",
        f"SELECT 1 FROM {quoted(table)} LIMIT 1{more}",
        f"SHOW GRANTS TO ROLE {quoted(table)}{more}",
    ):
        with pytest.raises(UnsafeStatementError):
            require_safe(statement, in_transaction=True)


@pytest.mark.parametrize(
    "statement",
    [
        'GRANT SELECT ON TABLE "T" TO ROLE "R"',
        'REVOKE SELECT ON TABLE "T" FROM ROLE "R"',
        'CREATE TABLE "T" (X INT)',
        'DROP TABLE "T"',
        'TRUNCATE TABLE "T"',
        'ALTER USER "U" SET DISABLED = TRUE',
        "COMMIT",
        'CALL "P"()',
        'SELECT "F"()',
    ],
)
def test_what_commits_by_itself_is_never_sent(statement: str) -> None:
    with pytest.raises(UnsafeStatementError):
        require_safe(statement, in_transaction=True)


@given(st.lists(st.tuples(NAMES, st.sampled_from(["TABLE", "VIEW"])), min_size=1, max_size=4))
def test_many_reads_in_one_statement_are_safe(some: list[tuple[str, str]]) -> None:
    statement = query_of_all(Relation(("D", "S", name), kind) for name, kind in some)
    require_safe(statement, in_transaction=False)
    for more in ("; DROP TABLE T", " UNION ALL (SELECT F() FROM T)", " UNION ALL SELECT 1"):
        with pytest.raises(UnsafeStatementError):
            require_safe(statement + more, in_transaction=False)
