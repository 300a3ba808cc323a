"""What a team's own file of hooks may hold, and how it stands in cube.py."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from cube_access.cube.cube_py import PARTS, RECIPES, read_hooks, render
from cube_access.cube.hooks import MOST, OURS, THEIRS, Hooks
from cube_access.settings import Settings, SettingsError, load
from tests.components.samples import DATABRICKS

GOOD = '''\
"""Ours."""

from __future__ import annotations

import os

from cube import config

REGION = os.environ.get("REGION", "")


@config("query_rewrite")
def only_region(query, ctx):
    return {**query, "region": REGION, "braces": f"{query!r}"}


@config
def logger(message, parameters):
    import structlog

    structlog.info(message)


config.http = {"cors": {}}
'''

Write = Callable[[str], str]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    monkeypatch.chdir(tmp_path)

    def write(text: str) -> str:
        Path("own hooks.py").write_text(text, encoding="utf-8")
        return "own hooks.py"

    return write


def hooks(path: str) -> Hooks:
    found = read_hooks(path)
    assert found
    return found


def test_a_good_file_stands_in_every_drivers_cube_py_as_it_is(write: Write) -> None:
    own = hooks(write(GOOD))
    assert own.hooks == ("query_rewrite", "logger")
    for driver in PARTS:
        text = render(driver, source="warehouse", fallback="deny", hooks=own)
        compile(text, "cube.py", "exec")
        kept = GOOD.replace("from __future__ import annotations\n", "").strip()
        assert f"\n\n{kept}\n\n# Here the environment's own hooks end.\n" in text
        assert text.count("from __future__") == 1
        # Ours come after, and stay what they are.
        after = text.partition("own hooks end.")[2]
        assert {f'@config("{name}")' in after for name in OURS} == {True}
        assert "\n    own hooks       own hooks.py (" in (
            ast.get_docstring(ast.parse(text)) or "\n"
        )


def test_the_header_changes_with_the_file(write: Write) -> None:
    before, after = hooks(write(GOOD)), hooks(write(GOOD + "\nREGION = 'eu'\n"))
    assert before.summary != after.summary
    assert before.summary.endswith(": query_rewrite, logger")


def test_without_a_file_nothing_is_said_of_one() -> None:
    assert read_hooks("") is None
    assert "own hooks" not in render("snowflake", source="snowflake", fallback="deny")


@pytest.mark.parametrize("name", sorted(THEIRS))
def test_every_other_function_of_cube_is_taken(write: Write, name: str) -> None:
    text = f"import cube\n\n\n@cube.config('{name}')\ndef own(*given): ...\n"
    assert hooks(write(text)).hooks == (name,)


IMPORT = "from cube import config\n"


@pytest.mark.parametrize("name", sorted(OURS))
@pytest.mark.parametrize(
    "form",
    [
        IMPORT + "@config('{}')\ndef own(ctx): ...",
        IMPORT + "@config\ndef {}(ctx): ...",
        IMPORT + "config.{} = print",
        "from cube import settings\nsettings.{} = print",
        "from cube import config as c\nif True:\n    c.{}: object = print",
        "import cube\ncube.config.{} = print",
        "import cube as c\n@c.settings('{}')\nasync def own(ctx): ...",
        IMPORT + "def later():\n    config.{} = print",
    ],
)
def test_ours_are_not_theirs_to_set(write: Write, form: str, name: str) -> None:
    with pytest.raises(ValueError, match=f"line [23]: sets {name}, which decides whose connection"):
        hooks(write(form.format(name)))


UNREADABLE = [
    "setattr(config, 'x', 1)",
    "other = config",
    "@config(NAME)\ndef own(): ...",
    "config.__dict__.update(x=1)",
    "del config.logger",
    "def own(c=config): ...",
    "print(config.driver_factory)",
]


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_cannot_be_read_of_the_configuration_is_refused(write: Write, text: str) -> None:
    with pytest.raises(ValueError, match="line 2: does with config what cannot be read: write @c"):
        hooks(write(IMPORT + text))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def own(:", "line 1: is no Python 3.9"),
        ("match 1:\n    case 1: pass", "line 2: is no Python 3.9"),
        ("x = '\0'", "line 1: is no Python 3.9"),
        (f"{IMPORT}@config('quer_rewrite')\ndef f(): ...", "did you mean query_rewrite"),
        (f"{IMPORT}@config('zzz')\ndef f(): ...", "no function of Cube; there are can_switch"),
        ("import requests", "line 1: imports requests, which Cube does not bring"),
        ("try:\n    import a.b\nexcept ImportError:\n    pass", "line 2: imports a.b, which"),
        ("from . import mine", "line 1: imports ., which Cube does not bring"),
        ("from os import *", "line 1: imports *"),
        ("from __future__ import division", "takes annotations only"),
        ("def who(): ...", "binds who, which cube.py uses itself"),
        ("def f():\n    global NO_ACCESS\n    NO_ACCESS = ''", "binds NO_ACCESS, which cube.py"),
        ("class f:\n    def g(self):\n        global SOURCE\n        SOURCE = ''", "binds SOURCE"),
        ("import json as os", "binds os, which cube.py uses itself"),
        ("from math import pow as env", "binds env, which cube.py"),
        ("for time in (): pass", "binds time, which cube.py"),
        ("isinstance = all", "binds isinstance, which is one of Python's own names"),
        ("import cube\nx = [cube]", "line 2: does with cube what cannot be read"),
        ("x = 1 #" + "x" * MOST, "more than 65536"),
        ("(" * 5_000, "is n"),
    ],
)
def test_what_could_not_run_or_would_break_cube_py_is_refused(
    write: Write, text: str, reason: str
) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the reason is looked at below
        hooks(write(text))
    assert reason in str(raised.value)


def test_the_same_import_as_ours_and_names_of_ones_own_are_no_conflict(write: Write) -> None:
    text = "import os, time\nfrom typing import Any\n\n\ndef own(env: Any) -> Any:\n    who = env\n"
    assert hooks(write(text)).hooks == ()


def test_no_part_of_cube_py_binds_a_name_that_a_team_could_take(write: Write) -> None:
    for path in RECIPES.glob("[a-z]*.py"):
        for each in ast.parse(path.read_text()).body:
            if isinstance(each, ast.FunctionDef):
                with pytest.raises(ValueError, match=f"binds {each.name}, which cube.py"):
                    hooks(write(f"{each.name} = 1"))


def settings(path: str) -> Settings:
    given = {f"cube-access:{key}": value for key, value in DATABRICKS.items()}
    return load({**given, "cube-access:cubeHooks": path}, "prod")


def test_the_settings_say_what_is_wrong_before_anything_is_made(write: Write) -> None:
    with pytest.raises(SettingsError, match="cubeHooks = own hooks.py: binds driver"):  # noqa: RUF043
        settings(write("driver_factory = 1"))
    Path("latin.py").write_bytes(b"x = '\xe9'")
    for path, reason in (
        ("none.py", "cannot be read: No such file"),
        ("hooks.txt", "is no path to a Python file"),
        ("latin.py", "is no text in UTF-8"),
    ):
        with pytest.raises(SettingsError, match=f"cubeHooks = {path}: {reason}"):
            settings(path)


def test_good_ones_are_settings(write: Write) -> None:
    assert settings(write(GOOD)).cube_hooks == "own hooks.py"
