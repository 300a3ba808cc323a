"""Every `cube-access …` that a workflow starts, or that a page tells a reader to type, is one that
the command takes.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from cube_access.cli import cli

ROOT = Path(__file__).resolve().parents[2]
PLACES = [
    *ROOT.glob(".github/workflows/*.yml"),
    *ROOT.glob("examples/**/*.yml"),
    *ROOT.glob("examples/**/*.md"),
    *ROOT.glob("docs/*.md"),
    ROOT / "README.md",
    ROOT / "SECURITY.md",
    ROOT / "components/README.md",
    ROOT / "__main__.py",
    *ROOT.glob("components/cube_access/**/*.py"),
    ROOT / "tools/demo.py",
]
# In a block, in backticks, in brackets or in a step: up to what ends a command there.
LINE = re.compile(
    r"(?<![\w/.-])(?:\.venv/bin/)?cube-access "
    r"((?:init|doctor|report|verify|audit|roles|recover|env|cube-py)\b(?!:)(?:(?! < )[^`\n#|&;)])*)"
)


def found() -> list[tuple[str, str]]:
    return [
        (f"{path.relative_to(ROOT)}: {line}", line)
        for path in PLACES
        for line in LINE.findall(path.read_text(encoding="utf-8").replace("\\\n", " "))
    ]


def words(line: str) -> list[str]:
    """As a shell would give them to the command, placeholders and all."""
    text = line.partition('", ')[0]  # where it is a text in a program, and more follows
    plain = re.sub(r"\{[\w.(]+\}?", "prod", text)
    plain = plain.rpartition('"')[0] if plain.count('"') % 2 else plain
    if plain.rstrip().endswith("--stack"):  # the name follows in the program
        plain = f"{plain.rstrip()} prod"
    return shlex.split(re.sub(r"[.,:](?=\s|$)", "", plain.partition(", ")[0]))


def test_the_commands_are_told_in_every_kind_of_place() -> None:
    places = {name.partition(":")[0] for name, _ in found()}
    assert places >= {
        ".github/workflows/preview.yml",
        ".github/workflows/drift.yml",
        "examples/gitlab/.gitlab-ci.yml",
        "README.md",
        "docs/commands.md",
        "components/cube_access/component/access.py",
    }


@pytest.mark.parametrize(("name", "line"), found(), ids=lambda each: str(each)[:90])
def test_it_is_taken(name: str, line: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    command, *arguments = words(line)
    chosen = cli.commands[command]
    for option in chosen.params:  # a file that a page names is not there
        if isinstance(option.type, click.Path):
            monkeypatch.setattr(option.type, "exists", False)
    try:
        chosen.make_context(command, arguments)
    except click.ClickException as error:
        pytest.fail(f"{name}: {error.format_message()}")


def test_no_page_tells_of_a_target_that_is_gone() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    told = {
        (str(path.relative_to(ROOT)), target)
        for path in PLACES
        for target in re.findall(r"`make ([a-z-]+)|^    make ([a-z-]+)", path.read_text(), re.M)
        for target in target
        if target
    }
    assert [each for each in sorted(told) if each[1] not in targets] == []
