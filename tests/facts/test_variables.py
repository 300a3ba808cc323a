"""A variable that a component writes for Cube is read by cube.py under the same name.

cube.py runs inside Cube and imports nothing of the package, so a name stands in both.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parents[2] / "components/cube_access"
OURS = re.compile(r"CUBE_(SERVICE|ACCESS)_[A-Z_]+")
ANY = re.compile(r"CUBE(JS)?_[A-Z_]+")
RECIPES = {
    "databricks": ("databricks",),
    "snowflake": ("snowflake",),
    "external": ("database_user", "mssql", "mysql", "pinot", "postgres", "trino"),
}


def names(paths: list[Path], shape: re.Pattern[str]) -> set[str]:
    """The texts of this shape in the code."""
    nodes = (node for path in paths for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    texts = (node.value for node in nodes if isinstance(node, ast.Constant))
    return {text for text in texts if isinstance(text, str) and shape.fullmatch(text)}


def read(path: Path) -> set[str]:
    """What a recipe takes from the environment by env(…)."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "env":
            (argument,) = node.args
            if isinstance(argument, ast.Constant):
                found.add(str(argument.value))
    return found


@pytest.mark.parametrize("warehouse", RECIPES)
def test_what_one_writes_the_other_reads(warehouse: str) -> None:
    recipes = [HERE / f"cube/recipes/{name}.py" for name in RECIPES[warehouse]]
    # What the deployer may set for the plugin is none of Cube's.
    modules = sorted(set((HERE / warehouse).glob("*.py")) - {HERE / "snowflake/session.py"})
    written = names(modules, ANY)
    taken = set().union(*map(read, recipes))
    assert {name for name in written if OURS.fullmatch(name)} == {
        name for name in taken if OURS.fullmatch(name)
    }
    # Others are Cube's own, which it reads by itself as well.
    assert taken <= written


def test_the_token_files_variable_is_the_same() -> None:
    places = [HERE / "snowflake/cube_cloud.py", HERE / "cube/recipes/snowflake.py"]
    (first, second) = (names([path], re.compile(r"CUBEJS_.*TOKEN_PATH")) for path in places)
    assert first == second
    assert len(first) == 1
