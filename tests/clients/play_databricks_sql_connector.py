"""Databricks' SQL connector for Python, over sessions of the Statement Execution API.

Its other backend, Thrift, is not emulated, and must say so.
"""

import os
from typing import Any

from databricks import sql

REQUIREMENTS = ["databricks-sql-connector==4.9.0"]

HOST, WAREHOUSE = os.environ["PLAY_DATABRICKS_HOST"], os.environ["PLAY_WAREHOUSE_ID"]


def connect(**more: Any) -> Any:
    return sql.connect(
        server_hostname=HOST,
        http_path=f"/sql/1.0/warehouses/{WAREHOUSE}",
        access_token=os.environ["PLAY_DATABRICKS_TOKEN"],
        enable_telemetry=False,
        **more,
    )


def refusal(cursor: Any, statement: str) -> str:
    try:
        cursor.execute(statement)
    except sql.Error as error:
        return str(error)
    raise AssertionError(f"{statement} was accepted")


with (
    connect(use_sea=True, use_cloud_fetch=False, catalog="main", schema="sales") as connection,
    connection.cursor() as cursor,
):
    cursor.execute("SELECT id, amount, ordered_on, status FROM orders ORDER BY id")
    assert [d[0] for d in cursor.description] == ["id", "amount", "ordered_on", "status"]
    rows = cursor.fetchall()
    assert len(rows) == 4, rows
    assert (int(rows[0].id), str(rows[0].amount), rows[0].status) == (1, "19.90", "shipped")
    cursor.execute("SELECT id FROM orders WHERE status = :s", {"s": "open"})
    assert [int(row[0]) for row in cursor.fetchall()] == [2]
    cursor.execute("USE SCHEMA reference")
    cursor.execute("SELECT count(*) FROM countries")
    assert int(cursor.fetchone()[0]) == 3
    cursor.execute("SELECT current_user(), current_schema()")
    assert list(cursor.fetchone()) == ["alice@example.com", "reference"]
    assert "INSUFFICIENT_PERMISSIONS" in refusal(cursor, "SELECT * FROM main.hr.salaries")
    assert "UNRESOLVABLE" in refusal(cursor, "SELECT * FROM query('SELECT 1')")
    cursor.catalogs()
    assert [row[0] for row in cursor.fetchall()] == ["main"]

said = "Thrift was answered"
try:
    connect(_retry_stop_after_attempts_count=1)
except sql.Error as error:
    said = str(error)
assert "is not emulated (Thrift)" in said, said
