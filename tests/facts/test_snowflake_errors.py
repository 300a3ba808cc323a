"""What an error of Snowflake's means, all who meet it say alike."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from snowflake.connector import errors

from cube_access.facts.snowflake_errors import NUMBERS, REASONS, STATES, Kind, kind_of
from cube_access.snowflake.session import explained
from cube_access.trouble import trouble
from cube_access.verify.snowflake.session import Session

ROOT = Path(__file__).parents[2]
ONES = [
    *((kind, {"errno": number}) for number, kind in NUMBERS.items()),
    *((kind, {"sqlstate": state}) for state, kind in STATES.items()),
]


class Refusing:
    """A connection whose every statement fails in one way."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def cursor(self, *_: Any) -> Any:
        raise self._error


@pytest.mark.parametrize(("kind", "given"), ONES)
def test_all_who_meet_an_error_say_the_same_of_it(kind: Kind, given: dict[str, Any]) -> None:
    error = errors.ProgrammingError("first line\nno words that tell", **given)
    assert kind_of(error) == kind
    assert trouble(error).kind == kind
    ours = explained(error)
    assert ours.reason == REASONS[kind]
    # Told on, without number and state.
    assert trouble(ours).kind == kind
    session = Session(Refusing(error), lambda _: None)  # type: ignore[arg-type]
    if kind in ("rights", "not there"):
        assert session.refused('USE ROLE "R"')
    else:
        with pytest.raises(errors.ProgrammingError):
            session.refused('USE ROLE "R"')


@pytest.mark.parametrize(("state", "kind"), STATES.items())
def test_a_plugin_tells_the_state_in_words(state: str, kind: Kind) -> None:
    assert trouble(Exception(f"SQL execution error ({state}): it says")).kind == kind


def test_what_nothing_tells_is_left_to_the_words() -> None:
    assert kind_of(errors.ProgrammingError("?", errno=1003, sqlstate="42000")) is None
    assert kind_of(OSError(2, "no such file")) is None
    assert trouble(errors.ProgrammingError("syntax error", errno=1003)).kind == "other"


def test_a_number_or_a_state_stands_once() -> None:
    known = {*map(str, NUMBERS), *NUMBERS, *STATES}
    home = ROOT / "components/cube_access/facts/snowflake_errors.py"
    for path in sorted((ROOT / "components").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and path != home:
                assert node.value not in known, f"{path}:{node.lineno}"
