"""The site has every page, and its links fit together."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tools import site
from tools.engine.cache import ROOT

NAV = (ROOT / "mkdocs.yml").read_text().partition("\nnav:\n")[2]


def test_every_page_is_in_the_navigation() -> None:
    listed = set(re.findall(r"([\w-]+\.md)", NAV))
    pages = {each.name for each in (ROOT / "docs").glob("*.md")}
    assert pages <= listed
    there = {"index.md", *(each for each in site.PAGES if (ROOT / each).exists())}
    assert listed - pages <= there


@pytest.mark.parametrize(
    ("page", "link", "expected"),
    [
        ("index.md", "[a](docs/report.md#safe)", "[a](report.md#safe)"),
        ("report.md", "[a](adr/0003-deny-by-default.md)", "[a](adr/0003-deny-by-default.md)"),
        ("report.md", "[log](../CHANGELOG.md)", "[log](CHANGELOG.md)"),
        ("adr/0003-deny-by-default.md", "[a](../report.md)", "[a](../report.md)"),
        ("index.md", "[decisions](docs/adr/)", "[decisions](adr/index.md)"),
        ("index.md", "[out](https://cube.dev)", "[out](https://cube.dev)"),
        ("package.md", "[code](../examples/python/__main__.py)", "code"),
    ],
)
def test_links_are_those_of_the_site(tmp_path: Path, page: str, link: str, expected: str) -> None:
    source = tmp_path / "source"
    site.staged(source)
    assert site.linked(link, (source / page).parent, source) == expected
