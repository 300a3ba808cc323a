"""How a name is quoted and folded: one reader for all."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from cube_access.facts.identifiers import parse, plain, quoted, unquoted
from cube_access.facts.statements import Privileges, read
from cube_access.provider.values import STATES, texts_in
from cube_access.snowflake.privileges import GRANTED, NOT_DECLARED, Entry
from cube_access.verify.snowflake.session import require_safe

COMPONENTS = Path(__file__).parents[2] / "components/cube_access"
NAMES = [("SALES",), ("sales", "Mart"), ('a"b', "c.d", "e f"), ("ä", "$x", "1")]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_comes_back_from_each_of_its_forms(name: tuple[str, ...]) -> None:
    text = quoted(*name)
    assert unquoted(text) == parse(text) == parse(plain(*name)) == name
    said = read(f"GRANT SELECT ON TABLE {text} TO ROLE r")
    assert isinstance(said, Privileges)
    assert parse(said.name) == name
    entry = Entry("USAGE", "SCHEMA", name)
    assert Entry.of(entry.text) == entry
    require_safe(f"SELECT 1 FROM {text} LIMIT 1", in_transaction=False)
    assert set(name) <= set(texts_in({entry.text: GRANTED}))


def test_unquoted_names_fold_to_upper_case_everywhere() -> None:
    said = read("GRANT USAGE ON SCHEMA sales.mart TO ROLE r")
    assert isinstance(said, Privileges)
    assert parse(said.name) == parse("sales.mart") == parse("SALES.MART")


def test_what_a_privilege_is_said_to_be_is_no_secret() -> None:
    assert {GRANTED, NOT_DECLARED} == STATES


def test_quotes_are_doubled_in_one_place() -> None:
    found = {
        str(path.relative_to(COMPONENTS))
        for path in COMPONENTS.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "replace"
        and [getattr(each, "value", None) for each in node.args] == ['"', '""']
    }
    # values.py spells a name in both forms, to hide either.
    assert found == {"facts/identifiers.py", "provider/values.py"}
