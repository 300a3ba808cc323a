"""Cube's variables, and the .env text, read back by the rules that Cube's reader follows."""

from __future__ import annotations

import pulumi
import pytest

from cube_access.cube.connection import Connection, OAuthApp
from cube_access.cube.env import dotenv, environment


def read(text: str) -> dict[str, str]:
    """dotenv's rules, as env.py lists them: quoted values may span lines and are not unescaped,
    but for \\n in ". tests/cube/test_real.py asks Cube's own reader.
    """
    values, rest = {}, text
    while rest:
        name, rest = rest.split("=", 1)
        if rest.startswith(("'\n", '"\n')):  # taken for a value that ends there
            raise ValueError(name)
        if rest[0] in "'\"":
            quote = rest[0]
            value, rest = rest[1:].split(quote, 1)
            values[name] = value.replace("\\n", "\n") if quote == '"' else value
            rest = rest.removeprefix("\n")
        else:
            value, rest = rest.split("\n", 1)
            values[name] = value.strip()
    return values


VALUES = [
    "plain",
    "",
    "jdbc:databricks://h:443/default;transportMode=http;ssl=1;httpPath=/sql/1.0/warehouses/1",
    "with space # and hash",
    'double "quotes" and $dollar',
    "it's",
    "it's\nof two lines",
    "-----BEGIN KEY-----\nabc\ndef\n-----END KEY-----\n",
    "\n-----BEGIN KEY-----\nabc\n-----END KEY-----\n",
    "\n",
    "\n\n it's",
    "back\\nslash",
    " padded ",
]


@pytest.mark.parametrize("value", VALUES)
def test_a_value_survives_the_file(value: str) -> None:
    assert read(dotenv({"A": "1", "NAME": value, "Z": "2"})) == {"A": "1", "NAME": value, "Z": "2"}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ('it\'s "hunter2"', "both kinds of quotes"),
        ("it's \\hunter2", "both kinds of quotes"),
        ('\n"hunter2"', "a line break before quotes or backslashes"),
        ("\nhunter2\\n", "a line break before quotes or backslashes"),
        ("hunter2\r\nabc", "a line break that Cube would change"),
        ("hunter2\u2028abc", "a line break that Cube would change"),
    ],
)
def test_what_no_form_can_hold_is_refused_without_showing_it(value: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"NAME cannot be written to a .env file: .*{reason}") as (
        raised
    ):
        dotenv({"NAME": value})
    assert "hunter2" not in str(raised.value)


def connection(**env: str) -> Connection:
    nothing = pulumi.Output.from_input("")
    return Connection(
        driver="snowflake",
        oauth_app=OAuthApp(
            name="",
            auth_url="",
            token_url="",
            client_id=nothing,
            client_secret=nothing,
            scopes=(),
            redirect_uris=(),
        ),
        env=env,
        secret_env={},
        stored_secret=nothing,
        stored_secret_type="",
        service_account_name="",
        service_account_id=nothing,
        service_account_key=nothing,
        privileges=(),
        credential_expires="",
    )


PLAIN = {"CUBEJS_DB_TYPE": "snowflake", "CUBEJS_DB_NAME": "SALES", "CUBE_SERVICE_X": "y"}


def test_a_deployment_of_one_data_source_has_cubes_plain_names() -> None:
    assert environment(connection(**PLAIN), data_source="default", others={}) == PLAIN


def test_the_others_are_declared_with_their_drivers() -> None:
    got = environment(connection(**PLAIN), data_source="default", others={"events": "postgres"})
    assert got == {
        **PLAIN,
        "CUBEJS_DATASOURCES": "default,events",
        "CUBEJS_DS_EVENTS_DB_TYPE": "postgres",
    }


def test_where_peoples_is_not_the_default_one_it_has_the_prefix() -> None:
    others = {"default": "postgres", "events": "mysql"}
    assert environment(connection(**PLAIN), data_source="lakehouse", others=others) == {
        "CUBEJS_DATASOURCES": "lakehouse,default,events",
        "CUBEJS_DS_LAKEHOUSE_DB_TYPE": "snowflake",
        "CUBEJS_DS_LAKEHOUSE_DB_NAME": "SALES",
        "CUBE_SERVICE_X": "y",
        "CUBEJS_DB_TYPE": "postgres",
        "CUBEJS_DS_EVENTS_DB_TYPE": "mysql",
    }
