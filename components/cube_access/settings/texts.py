"""The texts that a configuration is made of: how they are read, what none of them may hold, and how
they are shown in an error.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NoReturn

MAX_LEVELS = 32
"""Of lists and maps in each other. An IAM policy, the deepest of all values, has six."""
MAX_DIGITS = 20
MAX_SHOWN = 300
NO_MAP: tuple[object, ...] = (None, "", "{}", {})
"""A key whose value is a map, and that is not set, as the engine and programs say it."""
# Control characters, line separators, characters that turn the direction of what follows, and
# halves of characters: a name with one is read, or written to SQL and logs, as another one.
HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# As the engine hands over a date or time that stood in YAML without quotes.
TIMESTAMP = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)? [+-]\d{4} \S+")

# pydantic's own words for these speak of inputs, types and
# patterns; the key's description says what fits.
WHAT_IS_WRONG = {
    "bool_parsing": "is neither true nor false",
    "dict_type": "is not a map",
    "extra_forbidden": "is no such key",
    "int_from_float": "is not a whole number",
    "int_parsing": "is not a whole number",
    "int_parsing_size": "is not a number of a sensible size",
    "int_type": "is not a whole number",
    "literal_error": "is none of the values there are",
    "missing": "is missing",
    "string_pattern_mismatch": "does not have the right form",
    "string_type": "is not a text",
    "string_unicode": "has a control character (U+D800 to U+DFFF, half of a pair): remove it",
    "tuple_type": "is not a list",
}


def decoded(value: object) -> object:
    """The engine hands over lists and objects as JSON text.

    Raises:
        ValueError: it is not JSON, or no value that a configuration has.
    """
    if not (isinstance(value, str) and value.lstrip().startswith(("[", "{"))):
        return value
    try:
        found: object = json.loads(value, parse_int=_whole, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise ValueError(f"is not valid JSON ({error})") from None
    except RecursionError:
        raise ValueError(_too_deep()) from None
    if is_too_deep(found):
        raise ValueError(_too_deep())
    return found


def is_too_deep(value: object) -> bool:
    """Whether lists and maps stand in each other on more levels than any setting has."""
    level: list[object] = [value]
    for _ in range(MAX_LEVELS + 1):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return False
    return True


def _inside(value: object) -> Iterator[object]:
    if isinstance(value, Mapping):
        yield from value.values()
    elif isinstance(value, list | tuple):
        yield from value


def _too_deep() -> str:
    return f"has more than {MAX_LEVELS} levels of lists and maps in each other"


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"has a number of {len(digits)} digits: if it is a text, put it in quotes")
    return int(digits)


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"has {word}, which JSON has no number for")


def hidden_problem(value: object) -> str:
    """Which character in a text, list or map can be neither seen nor trusted; empty if none. Never
    has the text.
    """
    if isinstance(value, str):
        found = HIDDEN.search(value)
        if not found:
            return ""
        at = f"U+{ord(found[0]):04X}"
        return f"has a line break or another control character ({at}): remove it"
    texts = [*value, *value.values()] if isinstance(value, Mapping) else _inside(value)
    return next((problem for each in texts if (problem := hidden_problem(each))), "")


def date_problem(text: str) -> str:
    """The cure for a date or time that YAML has read as such; empty if the text is none."""
    found = TIMESTAMP.fullmatch(text)
    if not found:
        return ""
    if found[2] == "00:00:00":
        return f'was a date without quotes: write "{found[1]}"'
    return "was a time without quotes: put it in quotes"


def what_is_wrong(detail: Mapping[str, Any]) -> str:
    """One of a ValidationError's details, in our words, and which entry it is of. What pydantic
    itself finds wrong is told without the value.
    """
    what = WHAT_IS_WRONG.get(detail["type"]) or str(detail["msg"]).removeprefix("Value error, ")
    if detail["type"] == "string_type":
        what = _not_a_text(detail.get("input"))
    entry = ""
    is_key = detail["loc"][-1:] == ("[key]",)
    for part in detail["loc"][1 : -1 if is_key else None]:
        entry += f"[{part}]" if isinstance(part, int) else f".{shown(str(part))}"
    return f"{'key ' * is_key}{entry.removeprefix('.')} {what}".lstrip()


def _not_a_text(value: object) -> str:
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "true or false"),
        ((int, float), "a number"),
        (date, "a date"),
    )
    for kind, word in kinds:
        if isinstance(value, kind):
            return f"is {word}, not a text: put it in quotes"
    return "is empty, not a text" if value is None else "is not a text"


def shown(value: object) -> str:
    """A value for an error's line: in one line, and no longer than a person reads."""
    text = value
    if not isinstance(text, str):
        try:
            text = json.dumps(value, default=str, ensure_ascii=False)
        except (RecursionError, ValueError):
            return "[too large to be shown]"
    begin = "".join(
        # Its escape; everything that is seen stays as it was written.
        each if each.isprintable() else ascii(each)[1:-1]
        for each in text[:MAX_SHOWN]
    )
    return f"{begin}… ({len(text)} characters)" if len(text) > MAX_SHOWN else begin
