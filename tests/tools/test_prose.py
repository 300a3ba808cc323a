"""Prose in Markdown is at most 100 columns wide."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.lint import prose

LONG = "word " * 25
LINK = "[a page](https://example.com/" + "x" * 90 + ")"


@pytest.mark.parametrize(
    "text",
    [
        LONG,
        f"- an entry\n  {LONG}",
        f"> {LONG}",
        f"{LINK} and what is said of it",
        f"short\n{LONG}",
    ],
)
def test_a_line_that_could_be_broken_is_named(text: str) -> None:
    assert len(list(prose.too_long(text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "word " * 20,
        f"# {LONG}",
        f"```\n{LONG}\n```",
        f"    {LONG}",
        f"| a | b |\n|---|---|\n| {LONG} | x |",
        f"- {LINK}",
        "`" + LONG + "`",
    ],
)
def test_tables_code_headings_and_links_may_be_long(text: str) -> None:
    assert list(prose.too_long(text)) == []


def test_a_file_is_named_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"Short.\n\n{LONG}\n")
    assert prose.main([str(page)]) == 1
    assert capsys.readouterr().err == f"{page}:3: prose of more than 100 columns\n"
    page.write_text("Short.\n")
    assert prose.main([str(page)]) == 0
