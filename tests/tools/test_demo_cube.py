"""The demo's step with Cube: where Cube is not to be had, and where an answer is another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.snowflake.world import ALICE, BOB
from tools import demo, demo_cube
from tools.demo_cube import Line, UnexpectedError, check, shortened, table
from tools.demo_warehouses import WAREHOUSES

STACK, WAREHOUSE = WAREHOUSES["snowflake"]
SERVICE = f"{demo_cube.OURS}, cube-dev"
LINES = [
    Line("a liveness probe", "", SERVICE, "HEALTH"),
    Line(ALICE, "their orders", "ALICE", "orders: 2"),
    Line(BOB, "their orders", "BOB", "orders: 1"),
    Line(demo_cube.CAROL, "their orders", "nobody", "you have no usable token: authorize in Cube"),
    Line(ALICE, "what is pre-aggregated", SERVICE, "orders: 4"),
    Line(BOB, "what is pre-aggregated", SERVICE, "orders: 4"),
]


def test_without_node_it_says_so_and_the_demo_goes_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    demo.Demo(STACK, WAREHOUSE).people()
    assert "Left out: it needs Node, which is not here" in capsys.readouterr().out


def test_nor_without_cubes_packages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "node").write_text("#!/bin/sh\n")
    (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(demo_cube, "node_folder", lambda _: tmp_path / "none")
    assert demo_cube.missing() == "Cube, from npm"


def test_each_line_has_to_be_as_it_should_be() -> None:
    check(WAREHOUSE, LINES)
    for number, line in enumerate(LINES):
        for wrong in (replace(line, seen="MALLORY"), replace(line, answer="orders: 7")):
            with pytest.raises(UnexpectedError, match="not "):
                check(WAREHOUSE, [*LINES[:number], wrong, *LINES[number + 1 :]])


def test_the_table_has_a_line_for_each_under_its_heads() -> None:
    head, *rows = table(LINES)
    assert head.startswith("who asks Cube ")
    assert len(rows) == len(LINES)
    assert {row.index(line.seen) for row, line in zip(rows, LINES, strict=True)} == {
        head.index("the warehouse saw")
    }


def test_a_reason_is_shown_without_the_words_around_it() -> None:
    assert shortened("Error: cube.py: PermissionError: you have\nno token") == "you have no token"
