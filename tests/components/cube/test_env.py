"""The .env text, read back by the rules that Cube's reader follows."""

from __future__ import annotations

import pytest

from components.cube.env import dotenv


def read(text: str) -> dict[str, str]:
    """dotenv's rules, as docs/cube.md lists them: quoted values may span lines and are not
    unescaped, but for \\n in ".
    """
    values, rest = {}, text
    while rest:
        name, rest = rest.split("=", 1)
        if rest[0] in "'\"":
            quote = rest[0]
            value, rest = rest[1:].split(quote, 1)
            values[name] = value.replace("\\n", "\n") if quote == '"' else value
            rest = rest.removeprefix("\n")
        else:
            value, rest = rest.split("\n", 1)
            values[name] = value.strip()
    return values


@pytest.mark.parametrize(
    "value",
    [
        "plain",
        "",
        "jdbc:databricks://h:443/default;transportMode=http;ssl=1;httpPath=/sql/1.0/warehouses/1",
        "with space # and hash",
        'double "quotes" and $dollar',
        "it's",
        "-----BEGIN KEY-----\nabc\ndef\n-----END KEY-----\n",
        "back\\nslash",
        " padded ",
    ],
)
def test_a_value_survives_the_file(value: str) -> None:
    assert read(dotenv({"A": "1", "NAME": value, "Z": "2"})) == {"A": "1", "NAME": value, "Z": "2"}


def test_what_no_form_can_hold_is_refused_without_showing_it() -> None:
    with pytest.raises(ValueError, match="NAME cannot be written") as raised:
        dotenv({"NAME": 'it\'s "hunter2"'})
    assert "hunter2" not in str(raised.value)
