"""Snowflake's own Python connector on the emulated account: SQL as a client meets it."""

from contextlib import ExitStack
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import snowflake.connector
from snowflake.connector import DictCursor
from snowflake.connector.errors import DatabaseError, ProgrammingError

from sandbox.snowflake import world


@pytest.fixture
def connect(sandbox):
    with ExitStack() as open_ones:

        def make(user, password, **more):
            connection = snowflake.connector.connect(
                account=world.HOST.partition(".")[0],
                user=user,
                password=password,
                disable_ocsp_checks=True,
                **more,
            )
            return open_ones.enter_context(connection)

        yield make


@pytest.fixture
def alice(connect):
    return connect(world.ALICE, world.ALICE_PASSWORD, database="ANALYTICS", schema="SALES")


@pytest.fixture
def admin(connect):
    return connect(world.ADMIN, world.ADMIN_PASSWORD, warehouse="COMPUTE_WH", database="ANALYTICS")


def test_values_arrive_as_pythons_types(alice):
    found = alice.cursor().execute(
        "SELECT id, amount, ordered_on, status, true, 1.5::float, NULL, "
        "'2025-01-01 12:00:00.5'::timestamp_ntz, '2025-01-01 12:00:00'::timestamp_ltz "
        "FROM orders ORDER BY id"
    )
    row = found.fetchone()
    assert row[:8] == (
        1, Decimal("19.90"), date(2025, 1, 3), "shipped", True, 1.5, None,
        datetime(2025, 1, 1, 12, 0, 0, 500000),
    )  # fmt: skip
    assert row[8].astimezone(UTC).date() == date(2025, 1, 1)


def test_a_refusal_has_number_state_and_words(alice):
    with pytest.raises(ProgrammingError) as caught:
        alice.cursor().execute("SELECT * FROM ANALYTICS.HR.SALARIES")
    assert (caught.value.errno, caught.value.sqlstate) == (2003, "02000")
    assert "Schema 'ANALYTICS.HR' does not exist or not authorized." in caught.value.msg
    with pytest.raises(ProgrammingError, match="003001"):
        alice.cursor().execute("DELETE FROM orders")


def test_bindings_go_by_question_marks_and_by_percent(connect, alice, monkeypatch):
    by_client = alice.cursor().execute("SELECT id FROM orders WHERE status = %s", ("open",))
    assert by_client.fetchall() == [(2,)]
    monkeypatch.setattr(snowflake.connector, "paramstyle", "qmark")
    server = connect(world.ALICE, world.ALICE_PASSWORD, database="ANALYTICS", schema="SALES")
    asked = "SELECT id FROM orders WHERE amount > ? AND status = ?"
    assert server.cursor().execute(asked, (100, "shipped")).fetchall() == [(3,)]


def test_changes_are_counted_and_kept_for_others(admin, alice):
    cursor = admin.cursor()
    cursor.execute("CREATE TABLE SALES.NOTES (id INT, text VARCHAR)")
    cursor.execute("INSERT INTO SALES.NOTES VALUES (1, 'a'), (2, 'b')")
    assert cursor.rowcount == 2
    cursor.execute("GRANT SELECT ON TABLE SALES.NOTES TO ROLE ANALYST")
    assert alice.cursor().execute("SELECT text FROM notes ORDER BY id").fetchall() == [
        ("a",), ("b",),
    ]  # fmt: skip


def test_show_gives_the_services_columns(admin):
    rows = admin.cursor(DictCursor).execute("SHOW ROLES LIKE 'ANALYST'").fetchall()
    assert [row["name"] for row in rows] == ["ANALYST"]
    assert isinstance(rows[0]["created_on"], datetime)
    assert rows[0]["assigned_to_users"] == 1


def test_a_session_moves_between_its_roles(admin, connect):
    assert admin.role == "ACCOUNTADMIN"
    admin.cursor().execute("USE ROLE ANALYST")
    assert admin.role == "ANALYST"
    readable = admin.cursor().execute("SELECT count(*) FROM HR.SALARIES").fetchall()
    assert readable == [(2,)], "secondary roles are on for a user who never set them"
    admin.cursor().execute("USE SECONDARY ROLES NONE")
    with pytest.raises(ProgrammingError, match="does not exist or not authorized"):
        admin.cursor().execute("SELECT * FROM HR.SALARIES")
    with pytest.raises(DatabaseError):
        connect(world.ALICE, world.ALICE_PASSWORD, role="SYSADMIN")


def test_what_is_not_emulated_fails_and_is_on_record(alice, sandbox):
    with pytest.raises(ProgrammingError, match="sandbox: not emulated"):
        alice.cursor().execute("SHOW STREAMS")
    assert [r.status for r in sandbox.journal.unknown] == [501]
