"""The scenarios, played with our cube.py and with what Cube's guide has instead of it, and the
table that docs/cube.md makes of it.

Usage: python -m tests.cube.comparison; it writes the table, which tests/cube/test_scenarios.py
holds against what happens.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cube_access.cube.cube_py import render
from sandbox import Sandbox
from tests.cube import rollups
from tests.cube.real import RealCube
from tests.cube.rollups import MODEL, Rollups
from tests.cube.scenarios import SCENARIOS, Scenario, Stage
from tests.helpers import nothing_unknown
from tools.blocks import write_block
from tools.stacks import Stack, enter, example

PUBLISHED = Path(__file__).parent / "published"
BUILDS = {"CUBEJS_SCHEDULED_REFRESH_TIMER": "3600"}
"""A refresh worker, which serves, too; its rounds are the scenario's to call."""
HEAD = (
    "| what happens | the guide at first | the guide since | this `cube.py` |",
    "|---|---|---|---|",
)


@dataclass(frozen=True)
class Comparison:
    """One environment on Databricks, applied with either fallback, and a Cube for it."""

    sandbox: Sandbox
    cube: RealCube
    outputs: dict[str, dict[str, Any]]
    """By fallback."""
    token: str
    """The service account's, which the guide's file wants instead of a client's secret."""
    rollups: Rollups

    def outcome(self, scenario: Scenario, file: str) -> list[str]:
        """Who each of the scenario's queries ran as, with "ours" or one of the guide's files."""
        given = self.outputs[scenario.fallback]
        cube_py, env = given["cube_py"], given["cube_env"]
        options: dict[str, Any] = {}
        if scenario.pre_aggregated:
            self.rollups.forget()
            cube_py = render("snowflake", source="snowflake", fallback="deny")
            env = {**self.rollups.environment, **BUILDS}
            options = {"model": MODEL, "store": self.rollups.store}
        if file != "ours":
            cube_py = (PUBLISHED / f"{file}.py").read_text()
            env = {**env, "CUBEJS_DB_DATABRICKS_TOKEN": self.token}
        self.cube.start(cube_py, scenario.variables(env), **options)
        return scenario.play(Stage(self.cube, self.sandbox, given, self.rollups))

    def row(self, scenario: Scenario) -> str:
        """The scenario's line of the table; what is wrong is in bold."""
        cells = [scenario.title]
        for file in ("first", "later", "ours"):
            outcome = self.outcome(scenario, file)
            text = ", ".join(outcome)
            cells.append(text if scenario.holds(outcome) else f"**{text}**")
        return f"| {' | '.join(cells)} |"


@contextmanager
def comparison(folder: Path) -> Iterator[Comparison]:
    with Sandbox(folder / "sandbox") as sandbox, pytest.MonkeyPatch.context() as patch:
        enter(sandbox, patch)
        stack = Stack(sandbox, folder / "project", "dev", example("sandbox-databricks"))
        outputs = {}
        for fallback in ("deny", "service-account"):
            stack.set(fallback=fallback)
            stack.apply()
            outputs[fallback] = stack.outputs()
        databricks = sandbox.databricks
        name = outputs["deny"]["cube_env"]["CUBE_SERVICE_DATABRICKS_CLIENT_ID"]
        account = databricks.directory.named(name)
        assert account is not None
        token = databricks.access.create_pat(account, databricks.workspace, None, "", account)
        with RealCube(sandbox.env) as cube:
            yield Comparison(sandbox, cube, outputs, token.value, rollups.make(sandbox))
        nothing_unknown(sandbox)


def summary(rows: Sequence[str]) -> str:
    """The line below the table."""
    columns = zip(*(row.strip("| ").split(" | ")[1:] for row in rows), strict=True)
    first, later, ours = (sum(cell.startswith("**") for cell in column) for column in columns)
    return f"Wrong in {first} of {len(rows)} at first, in {later} since, in {ours} here."


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, comparison(Path(folder)) as compared:
        rows = [compared.row(each) for each in SCENARIOS]
    write_block("cube.md", "scenarios", [*HEAD, *rows, "", summary(rows)])


if __name__ == "__main__":
    main()
