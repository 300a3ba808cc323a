"""Cube's environment: the variables of a connection, and the `.env` text that Cube reads."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pulumi

from components.connection import Connection


def environment(
    connection: Connection, *, source: str, fallback: str
) -> dict[str, pulumi.Input[str]]:
    """Every variable that Cube and our cube.py read, plain and secret ones together: treat the
    whole as a secret.
    """
    ours: dict[str, pulumi.Input[str]] = {
        "CUBE_ACCESS_SOURCE": source,
        "CUBE_ACCESS_FALLBACK": fallback,
    }
    return {**connection.env, **ours, **connection.secret_env}


def dotenv(variables: Mapping[str, str]) -> str:
    """The variables as the text of a `.env` file.

    Cube reads it with the npm package dotenv: unquoted values are trimmed and end at a #; single
    quotes are raw and may span lines; double quotes turn \\n into a newline and unescape nothing
    else.

    Raises:
        ValueError: a value that no form can hold; names the variable, never the value.
    """
    return "".join(f"{name}={_quoted(name, value)}\n" for name, value in sorted(variables.items()))


def _quoted(name: str, value: str) -> str:
    if re.fullmatch(r"[\w.,:;/=@%+~?&-]*", value):
        return value
    if "'" not in value:
        return f"'{value}'"
    if '"' not in value and "\\" not in value:
        return f'"{value}"'
    raise ValueError(
        f"{name} cannot be written to a .env file: it has both kinds of quotes. Set it in Cube "
        "directly."
    )
