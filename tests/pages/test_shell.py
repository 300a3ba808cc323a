"""The shell that the pages' lines are typed into."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.pages.shell import Shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path, {"PATH": os.environ["PATH"]}, tmp_path / "kept")


def test_what_a_line_exports_the_next_one_has(shell: Shell) -> None:
    shell.type("read -rs KEY && export KEY OTHER='two\nlines'", said="a secret\n")
    assert shell.type('echo "$KEY, $OTHER"') == "a secret, two\nlines\n"


@pytest.mark.parametrize("line", ["false", "false | cat", "echo said; exit 3", "no-such-program"])
def test_a_line_that_fails_fails(shell: Shell, line: str) -> None:
    with pytest.raises(AssertionError, match=r"\$ "):
        shell.type(line)
    with pytest.raises(AssertionError, match=r"\$ "):
        shell.converse(line, {})


def test_questions_are_answered_by_their_names(shell: Shell) -> None:
    ask = 'test -t 0; for each in name like; do read -p "$each (a, b) [a]: " X; echo =$X=; done'
    assert "=blue=" in (said := shell.converse(ask, {"name": "blue"}))
    assert "==" in said, "what has no answer is answered by Enter"
