# A copy, by `make docs`, of cube-access's own
# components/cube_access/facts/identifiers.py: change it there.

"""Snowflake's identifiers: written as SQL writes them, kept exact, quoted always.

`sales` and `SALES` are the same name, `"sales"` is another one: unquoted names fold to upper case,
quoted ones stay as they are. https://docs.snowflake.com/en/sql-reference/identifiers-syntax
"""

from __future__ import annotations

import re

QUOTED = r'"(?:[^"]|"")+"'
"""A name's part in double quotes, as an expression."""
PART = re.compile(rf"{QUOTED}|[A-Za-z_][A-Za-z0-9_$]*")


def parse(text: str) -> tuple[str, ...]:
    """The parts of a dotted name, exact and without quotes.

    Raises:
        ValueError: not a name.
    """
    parts = []
    position = 0
    while True:
        found = PART.match(text, position)
        if not found:
            raise ValueError(f"{text!r} is not a name")
        word = found[0]
        parts.append(_unquoted(word) if word.startswith('"') else word.upper())
        position = found.end()
        if position == len(text):
            return tuple(parts)
        if text[position] != ".":
            raise ValueError(f"{text!r} is not a name")
        position += 1


def quoted(*parts: str) -> str:
    """The parts as SQL that means exactly them."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def unquoted(text: str) -> tuple[str, ...]:
    """The parts of a text that are in double quotes, exact: of a name, all of them."""
    return tuple(_unquoted(word) for word in re.findall(QUOTED, text))


def _unquoted(word: str) -> str:
    return word[1:-1].replace('""', '"')


def plain(*parts: str) -> str:
    """As a person would write them: quoted only where needed."""
    simple = re.compile(r"[A-Z_][A-Z0-9_$]*")
    return ".".join(part if simple.fullmatch(part) else quoted(part) for part in parts)


def speakable(*parts: str) -> bool:
    """Whether the provider plugin can be told this name: of any age, it refuses to read one with a
    double quote inside.
    """
    return not any('"' in part for part in parts)


def literal(text: str) -> str:
    """As SQL that means exactly this text."""
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


def items(text: str) -> list[str]:
    """Of a property that is a list, as DESCRIBE writes it: `A,B`, `[A, B]` or `['A']`."""
    parts = (each.strip() for each in text.strip().removeprefix("[").removesuffix("]").split(","))
    return [each[1:-1] if each[:1] == each[-1:] == "'" else each for each in parts if each]
