"""The benchmark of cube.py measures what Cube calls, and the page has a place for its table."""

from __future__ import annotations

from cube_access.cube.cube_py import PARTS
from tools.blocks import read_block
from tools.cube_bench import contexts, functions


def test_each_context_is_the_request_that_its_column_says() -> None:
    for driver in PARTS:
        identifier = functions(driver)["context_to_orchestrator_id"]
        person, without, probe = map(identifier, contexts().values())
        assert "_user_" in person
        assert "_denied_none" in without
        assert probe == "CUBE_APP_default"


def test_the_page_has_one_table_with_every_driver() -> None:
    drivers = [row.split("`")[1] for row in read_block("cube.md", "cost of a request")[2:]]
    assert drivers == list(PARTS)
