"""The benchmark of cube.py measures what Cube calls, and the page has a place for its table."""

from __future__ import annotations

import re

import pytest

from cube_access.cube.cube_py import PARTS, render
from tools.bench.cube import contexts, functions
from tools.blocks import read_block

MOST = 10.0
"""Microseconds of both functions, for anybody."""


def test_each_context_is_the_request_that_its_column_says() -> None:
    for driver in PARTS:
        text = render(driver, source="databricks", fallback="deny")
        identifier = functions(text)["context_to_orchestrator_id"]
        person, without, probe = contexts().values()
        assert "_user_" in identifier(person)
        with pytest.raises(PermissionError, match="authorize in Cube"):
            identifier(without)
        assert identifier(probe) == "CUBE_APP_default"


def test_the_page_has_one_table_with_every_driver_and_the_guides_file() -> None:
    rows = read_block("cube.md", "cost of a request")[2:]
    assert [row.split(" | ")[0].strip("| `") for row in rows] == ["the guide's", *PARTS]


def test_a_request_costs_no_more_than_ten_microseconds_and_the_page_says_the_ratio() -> None:
    """By the table: a test on a busy machine would measure that machine."""
    for row in read_block("cube.md", "cost of a request")[3:]:
        cells = row.strip("| ").split(" | ")[1:]
        for cell in cells:
            figures = re.fullmatch(r"(\d+\.\d) \(\d+\.\dx\)", cell)
            assert figures
            assert float(figures[1]) <= MOST
