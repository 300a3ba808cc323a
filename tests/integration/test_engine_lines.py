"""Every `pulumi …` line in a block of a page or a step of a workflow has options that the engine
knows.
"""

from __future__ import annotations

import functools
import re
import shlex
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("examples/**/*.md")]
WORKFLOWS = [*ROOT.glob(".github/workflows/*.yml"), *ROOT.glob("examples/**/*.yml")]
COMMANDS = ("config set", "stack init", "stack output", "stack export", "stack", "policy analyze")


def lines() -> list[str]:
    """Each once, without what a `#` says about it, with its continuation."""
    found = []
    for page in PAGES:
        text = page.read_text().replace("\\\n", " ")
        found += re.findall(r"^    (?:\w+=\S+ )?pulumi (.*?)(?:\s+# .*)?$", text, re.M)
    for file in WORKFLOWS:
        text = re.sub(r"\\?\n\s+(?=[^-\s])|\\?\n\s+(?=--)", " ", file.read_text())
        found += re.findall(r"\.venv/bin/pulumi (.*?)(?= - |\| tee| env: |\n|$)", text)
    return sorted(set(found))


@functools.cache
def options(command: str) -> set[str]:
    text = subprocess.check_output(
        [ROOT / ".venv/bin/pulumi", *command.split(), "--help"], text=True
    )
    return set(re.findall(r"(?<![\w-])(--?[a-z][\w-]*)", text))


def test_lines_are_found() -> None:
    assert len(lines()) > 15
    assert any("--save-plan" in each for each in lines())


@pytest.mark.parametrize("line", lines(), ids=lambda line: line[:60])
def test_its_options_are_known(line: str) -> None:
    command = next((each for each in COMMANDS if line.startswith(each)), line.split()[0])
    words = shlex.split(line.split(" > ")[0], comments=True)
    given = {each.partition("=")[0] for each in words if each.startswith("-")}
    # The help leaves these two out. The demo runs the first, test_rehearsal.py the second.
    assert given - options(command) - {"--event-log", "--plan"} == set()
