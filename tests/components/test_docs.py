"""docs/package.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from cube_access.component.options import HONOURED, REFUSED
from cube_access.component.shapes import shapes
from cube_access.plugin.construct import COMPONENTS, args_of

TEXT = (Path(__file__).parents[2] / "docs/package.md").read_text()


def section(title: str) -> str:
    return re.split(r"^##+ ", TEXT.split(f"# {title}\n")[1], flags=re.MULTILINE)[0]


def test_every_arg_that_takes_an_output_is_listed() -> None:
    listed = set(re.findall(r"`(\w+)`", section("Outputs")))
    for kind in COMPONENTS:
        for arg, shape in shapes(args_of(kind)).items():
            assert shape.place == "nowhere" or arg in listed or arg.endswith("_role"), arg


def test_every_option_that_is_honoured_is_listed_and_no_other() -> None:
    rows = [line for line in section("Resource options").splitlines() if line.startswith("| `")]
    listed = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert listed == set(HONOURED)
    assert not listed & set(REFUSED)
