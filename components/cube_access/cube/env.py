"""Cube's environment: the variables of a connection, and the `.env` text that Cube reads."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pulumi

from cube_access.cube.connection import Connection


def environment(
    connection: Connection, *, data_source: str, others: Mapping[str, str]
) -> dict[str, pulumi.Input[str]]:
    """Every variable that Cube and our cube.py read, plain and secret ones together: treat the
    whole as a secret.

    Args:
        connection: the one of people's data source.
        data_source: its name in Cube.
        others: the other data sources, and their drivers. Their own variables are not ours.
    """
    ours = {
        _variable(name, data_source): value
        for name, value in {**connection.env, **connection.secret_env}.items()
    }
    for name, driver in others.items():
        ours[_variable("CUBEJS_DB_TYPE", name)] = driver
    if others:
        ours["CUBEJS_DATASOURCES"] = ",".join([data_source, *others])
    return ours


def _variable(name: str, data_source: str) -> str:
    """A variable's name for a data source, as Cube makes it."""
    prefix = "CUBEJS_" if data_source == "default" else f"CUBEJS_DS_{data_source.upper()}_"
    return re.sub(r"^CUBEJS_", prefix, name)


def dotenv(variables: Mapping[str, str]) -> str:
    """The variables as the text of a `.env` file.

    Cube reads it with its own edition of the npm package dotenv: unquoted values are trimmed and
    end at a #; single quotes are raw and may span lines, unless the first one is empty; double
    quotes turn \\n into a newline and unescape nothing else. Any other end of a line becomes \\n.

    Raises:
        ValueError: a value that no form can hold; names the variable, never the value.
    """
    return "".join(f"{name}={_quoted(name, value)}\n" for name, value in sorted(variables.items()))


def _quoted(name: str, value: str) -> str:
    if re.fullmatch(r"[\w.,:;/=@%+~?&-]*", value):
        return value
    if re.search("[\r\u2028\u2029]", value):
        raise ValueError(
            f"{name} cannot be written to a .env file: it has a line break that Cube would change "
            "or stop at. Set it in Cube directly, or end its lines with \\n only."
        )
    if "'" not in value and not value.startswith("\n"):
        return f"'{value}'"
    if '"' not in value and "\\" not in value:
        return '"{}"'.format(value.replace("\n", "\\n"))
    what = "both kinds of quotes, or a backslash besides"
    if "'" not in value:
        what = "a line break before quotes or backslashes"
    raise ValueError(
        f"{name} cannot be written to a .env file: it has {what}. Set it in Cube directly."
    )
