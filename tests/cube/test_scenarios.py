"""Who each query ran as, on the real Cube: with our cube.py, and with what Cube's guide has."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cube_access.cube.env import dotenv
from tests.cube.comparison import HEAD, Comparison, comparison, summary
from tests.cube.scenarios import SCENARIOS, Scenario
from tools.blocks import read_block
from tools.demo_cube import play
from tools.demo_warehouses import WAREHOUSES

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Comparison]:
    with comparison(tmp_path_factory.mktemp("comparison")) as running:
        yield running


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.slug)
def test_ours_is_right_and_the_guides_does_what_the_page_says(
    compared: Comparison, scenario: Scenario
) -> None:
    row, shown = compared.row(scenario), read_block("cube.md", "scenarios")
    assert not row.split(" | ")[-1].startswith("**"), row
    assert row in shown, "`python -m tests.cube.comparison` writes the table"


def test_the_demos_step_shows_that_the_warehouse_refuses_one_of_two(compared: Comparison) -> None:
    given = compared.outputs["deny"]
    warehouse = WAREHOUSES["databricks"][1]
    _, alice, bob, *_ = play(warehouse, given, given["cube_py"], dotenv(given["cube_env"]))
    assert alice.answer == "orders: 4"
    assert "User does not have USE SCHEMA" in bob.answer


def test_the_page_has_these_scenarios_and_no_other() -> None:
    *table, _, below = read_block("cube.md", "scenarios")
    rows = table[len(HEAD) :]
    assert tuple(table[: len(HEAD)]) == HEAD
    titles = [row.removeprefix("| ").split(" | ")[0] for row in rows]
    assert titles == [scenario.title for scenario in SCENARIOS]
    assert below == summary(rows)
