"""Which changes of what is readable take two applies."""

from __future__ import annotations

import pytest

from cube_access.snowflake.grants import reading
from cube_access.snowflake.scope import conflicts

DATABASE, SCHEMA, TABLE = ("A",), ("A", "S"), ("A", "S", "T")
OTHER = ("A", "S2")


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ([SCHEMA], [TABLE], [("A.S", "A.S.T")]),
        ([TABLE], [SCHEMA], [("A.S.T", "A.S")]),
        ([SCHEMA, OTHER], [DATABASE], [("A.S", "A"), ("A.S2", "A")]),
        ([SCHEMA], [OTHER], []),
        ([SCHEMA], [SCHEMA, OTHER], []),
        ([SCHEMA, OTHER], [SCHEMA], []),
        ([("A", "S")], [("A", "S T")], []),
        ([], [DATABASE], []),
    ],
)
def test_only_what_contains_the_other_conflicts(
    before: list[tuple[str, ...]],
    after: list[tuple[str, ...]],
    found: list[tuple[str, str]],
) -> None:
    assert conflicts(before, after) == found


def test_reading_a_table_takes_usage_on_the_way() -> None:
    got = reading([TABLE, ("B", "S")], ["TABLES"])
    assert got.databases == [("A",), ("B",)]
    assert got.schemas == [("A", "S"), ("B", "S")]
    assert (got.whole_schemas, got.objects) == ([("B", "S")], [TABLE])
    assert got.lines() == [
        "SELECT ON A.S.T",
        "SELECT ON ALL AND FUTURE TABLES IN B.S",
        "USAGE ON DATABASE A",
        "USAGE ON DATABASE B",
        "USAGE ON SCHEMA A.S",
        "USAGE ON SCHEMA B.S",
    ]
