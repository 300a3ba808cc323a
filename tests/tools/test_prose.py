"""Prose in Markdown is at most 100 columns wide, and a table's rows are in it."""

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
    assert len(list(prose.mistakes(text))) == 1


TABLE = "| a | b |\n|---|---|\n| 1 | 2 |\n"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (f"{TABLE}\n| 3 | 4 |\n", 5),
        ("| a | b |\n| 1 | 2 |\n", 1),
        ("- an entry\n\n  | a | b |\n", 3),
    ],
)
def test_a_row_outside_of_a_table_is_named(text: str, number: int) -> None:
    assert next(prose.mistakes(text)) == (number, "a row that is in no table")


@pytest.mark.parametrize(
    "text",
    [
        TABLE,
        f"Before it:\n{TABLE}",
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
    assert list(prose.mistakes(text)) == []


def test_a_file_is_named_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"Short.\n\n{LONG}\n")
    assert prose.main([str(page)]) == 1
    assert capsys.readouterr().err == f"{page}:3: prose of more than 100 columns\n"
    page.write_text("Short.\n")
    assert prose.main([str(page)]) == 0
