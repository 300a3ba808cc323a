"""The emitted file by itself: as a reviewer, a linter and any Python that Cube embeds see it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from cube_access.cube.cube_py import FLAGS, PARTS, render
from tests.components.cube.conftest import (
    ALONE,
    RECIPES,
    VOUCHED,
    Recipe,
    name_of,
    text_of,
)

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(sys.executable).parent
# Cube's own module, as far as the file uses it.
CUBE = """\
from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

def config(name: str) -> Callable[[Function], Function]: ...
"""
FILES = [*RECIPES, *VOUCHED]
RULES = "E,F,W,I,UP,B,SIM,ANN,S,PT,PTH,RUF"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every file there is, without a configuration near it."""
    folder = tmp_path_factory.mktemp("emitted")
    for recipe in FILES:
        for fallback in ("deny", "service-account"):
            name = f"{name_of(recipe)}-{fallback}".replace("-", "_")
            (folder / f"{name}.py").write_text(text_of(recipe, fallback))
    (folder / "cube.pyi").write_text(CUBE)
    return folder


def run(*command: str, folder: Path) -> None:
    done = subprocess.run(
        [BIN / command[0], *command[1:], "."],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_driver_there_is_is_tried() -> None:
    assert {recipe.driver for recipe in RECIPES} == set(PARTS)


@pytest.mark.parametrize("recipe", FILES, ids=name_of)
def test_it_is_python_3_9_of_the_standard_library(recipe: Recipe) -> None:
    tree = ast.parse(text_of(recipe), feature_version=(3, 9))
    imported = {
        name
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names | {"cube"}


def test_ruff_passes_it(folder: Path) -> None:
    target = ("--isolated", "--no-cache", "--line-length=100", "--target-version=py39")
    # S105 takes the text that denies for a password.
    run("ruff", "check", *target, f"--select={RULES}", "--ignore=ANN401,S105", folder=folder)
    run("ruff", "format", *target, "--check", folder=folder)


@pytest.mark.parametrize("version", ["3.10", "3.13"])  # mypy no longer knows 3.9; ruff does
def test_mypy_passes_it(folder: Path, version: str) -> None:
    run("mypy", "--strict", "--config-file=", f"--python-version={version}", folder=folder)


@pytest.mark.parametrize("recipe", FILES, ids=name_of)
def test_it_holds_no_secret_and_no_address(recipe: Recipe) -> None:
    emitted = text_of(recipe)
    kinds = {recipe.driver, *recipe.others.values()}
    for value in set(recipe.environment.values()) - kinds - {"SNOWFLAKE_JWT", "OAUTH"}:
        assert value not in emitted.replace("domain", "")


@pytest.mark.parametrize("recipe", FILES, ids=name_of)
def test_its_header_names_the_settings_that_made_it(recipe: Recipe) -> None:
    header = ast.get_docstring(ast.parse(text_of(recipe))) or ""
    assert f"driver          {recipe.driver}\n" in header
    assert "source          warehouse, the key under" in header
    assert "fallback        deny: a person without a usable token gets an error\n" in header
    assert f"data sources    {recipe.data_source}, as each person" in header
    for name, driver in recipe.others.items():
        assert f"{name} ({driver}), shared by everybody" in header
    said = " ".join(header.split())
    assert "Pre-aggregations are built as the service account" in said
    assert "Whoever may query the cube and is not denied" in said


def test_a_changed_decision_is_a_change_of_its_lines_only() -> None:
    before = render("snowflake", source="snowflake", fallback="deny").splitlines()
    after = render("snowflake", source="snowflake", fallback="service-account").splitlines()
    changed = [line for line in after if line not in before]
    assert changed[0] == (
        "    fallback        service-account: a person without a usable token queries as the "
        "service account"
    )
    inside = [line for line in after if "def who(" in line or "def given(" in line]
    start, end = map(after.index, inside)
    assert {after.index(line) for line in changed[1:]} <= set(range(start, end))


@pytest.mark.parametrize("recipe", ALONE, ids=name_of)
def test_it_is_read_in_one_sitting(recipe: Recipe) -> None:
    assert len(text_of(recipe).splitlines()) < 237


@pytest.mark.parametrize("fallback", ["deny", "service-account"])
@pytest.mark.parametrize("recipe", FILES, ids=name_of)
def test_it_has_nothing_that_it_does_not_use(recipe: Recipe, fallback: str) -> None:
    tree = ast.parse(text_of(recipe, fallback))
    nodes = list(ast.walk(tree))
    read = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    made = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    assert made - read - {"_"} == set()
    functions = [each for each in tree.body if isinstance(each, ast.FunctionDef)]
    assert {f.name for f in functions if not f.decorator_list} <= read
    # What it is made by is in none.
    assert not read & set(FLAGS)
