"""Snowflake's names in the configuration: read as in SQL, kept exact."""

from __future__ import annotations

from collections.abc import Iterable

from cube_access.facts.identifiers import parse, speakable


def exact(texts: Iterable[str], parts: int, *, quotes: bool = False) -> list[tuple[str, ...]]:
    """The names' parts; one error for all that are wrong.

    Args:
        quotes: whether a name may have a double quote inside.
    """
    shape = (
        "a name",
        "DATABASE.SCHEMA",
        "DATABASE.SCHEMA.TABLE",
    )[parts - 1]
    names, problems = [], []
    seen = set()
    for text in texts:
        try:
            name = parse(text)
        except ValueError:
            name = ()
        if len(name) != parts:
            problems.append(
                f"{text!r} is not {shape} (quote what is not letters, digits, _ and $, and what "
                "is lower case)"
            )
        elif not (quotes or speakable(*name)):
            problems.append(
                f"{text!r} has a double quote inside a name, which the provider plugin cannot "
                "handle for what this is"
            )
        elif name in seen:
            problems.append(f"{text!r} is listed twice")
        names.append(name)
        seen.add(name)
    if problems:
        raise ValueError("; ".join(problems))
    return names
