"""The text of a stack's file: what is changed in it, and that nothing else is."""

from __future__ import annotations

import pytest
import yaml

from cube_access.init.errors import InitError
from cube_access.init.stack_file import Value, edited, read

FILE = """\
# owned by platform
secretsprovider: awskms://alias/cube  # one key each
config:
  # where
  aws:region: eu-central-1
  cube-access:schemas:  # agreed in March
    - main.sales # finance
    # hr is personal
    - main.hr

  # single ones
  cube-access:tables: [main.reference.countries] # no more
  cube-access:name: 'cube-eu' # short
  cube-access:externalPassword:
    secure: v1:abc
  cube-access:externalSslCa: |
    -----BEGIN
    abc

  # the end
encryptionsalt: v1:abc
"""
NAME = "Pulumi.eu.yaml"


def changed(**changes: Value) -> tuple[list[str], list[str]]:
    """The lines that are gone, and those that are new."""
    after = edited(FILE, {f"cube-access:{key}": value for key, value in changes.items()}, NAME)
    old, new = FILE.splitlines(), after.splitlines()
    return [each for each in old if each not in new], [each for each in new if each not in old]


def test_values_are_read_as_the_engine_hands_them_over() -> None:
    text = "config:\n  a:id: 0123\n  a:day: 2026-11-26\n  a:on: true\n  a:none:\n  a:l: [1, x]\n"
    got = read(text, NAME)
    assert got.values == {
        "a:id": "0123",
        "a:day": "2026-11-26",
        "a:on": "true",
        "a:none": "",
        "a:l": '[1, "x"]',
    }
    nested = "config:\n  a:secret:\n    secure: x\n  a:map:\n    key:\n      secure: x\n"
    assert read(nested, NAME).encrypted == {"a:secret", "a:map"}
    assert read(nested, NAME).values == {}


@pytest.mark.parametrize("text", ["", "# mine\n", "encryptionsalt: v1:abc"])
def test_a_file_without_a_configuration_gets_one(text: str) -> None:
    after = edited(text, {"a:b": "0123", "a:l": ["x: y"]}, NAME)
    config = "config:\n  a:b: '0123'\n  a:l:\n    - 'x: y'\n"
    assert after == text + ("\n" if text and not text.endswith("\n") else "") + config


@pytest.mark.parametrize("empty", ["config:", "config: {}", "config: ~", "config: null"])
def test_so_does_one_whose_configuration_is_empty(empty: str) -> None:
    after = edited(f"{empty} # mine\nother: 1\n", {"a:b": "c"}, NAME)
    assert after == "config: # mine\n  a:b: c\nother: 1\n"


def test_a_list_keeps_the_lines_of_its_entries() -> None:
    assert changed(schemas=["main.sales", "main.hr", "main.new"]) == ([], ["    - main.new"])
    assert changed(schemas=["main.hr"]) == (["    - main.sales # finance"], ["    # finance"])
    assert changed(tables=["a.b.c"]) == (
        ["  cube-access:tables: [main.reference.countries] # no more"],
        ["  cube-access:tables: [a.b.c] # no more"],
    )


def test_a_text_is_replaced_and_what_stands_beside_it_stays() -> None:
    assert changed(name="cube-us") == (
        ["  cube-access:name: 'cube-eu' # short"],
        ["  cube-access:name: cube-us # short"],
    )
    assert changed(name=None) == (["  cube-access:name: 'cube-eu' # short"], ["  # short"])
    assert changed(externalPassword=None)[0] == [
        "  cube-access:externalPassword:",
        "    secure: v1:abc",
    ]
    assert changed(externalSslCa="x")[1] == ["  cube-access:externalSslCa: x"]


def test_a_key_without_a_namespace_is_the_projects() -> None:
    text = "config:\n  name: cube-eu # short\n"
    assert read(text, NAME).values == {"cube-access:name": "cube-eu"}
    after = edited(text, {"cube-access:name": "cube-us", "a:b": "c"}, NAME)
    assert after == "config:\n  name: cube-us # short\n  a:b: c\n"
    with pytest.raises(InitError, match="cube-access:name twice"):
        edited(f"{text}  cube-access:name: x\n", {"a:b": "c"}, NAME)


def test_a_new_key_stands_after_the_last_one() -> None:
    lines = edited(FILE, {"cube-access:tags": {"team": "bi: eu"}}, NAME).splitlines()
    place = lines.index("  cube-access:tags:")
    assert lines[place - 1 : place + 4] == [
        "    abc",
        "  cube-access:tags:",
        "    team: 'bi: eu'",
        "",
        "  # the end",
    ]


def test_what_cannot_be_changed_without_a_loss_is_refused() -> None:
    with pytest.raises(InitError, match=r"cube-access:schemas in .* has a comment inside"):
        changed(schemas=["main.hr", "main.sales"])
    with pytest.raises(InitError, match="by hand; nothing was written"):
        changed(schemas=None)


@pytest.mark.parametrize("value", ["true", "1e3", "null", "", "- a", "a: b", "#x", "'", "ü", "="])
def test_every_text_comes_back_as_a_text(value: str) -> None:
    after = edited(FILE, {"cube-access:name": value, "cube-access:l": [value]}, NAME)
    config = yaml.safe_load(after)["config"]
    assert (config["cube-access:name"], config["cube-access:l"]) == (value, [value])


def test_ends_of_lines_stay_as_they_are() -> None:
    after = edited(FILE.replace("\n", "\r\n"), {"a:b": "c", "a:l": ["x", "y"]}, NAME)
    assert after.count("\n") == after.count("\r\n") == FILE.count("\n") + 4


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[1]", "no map"),
        ("config: {a: b}", "a key a line"),
        ("config: text", "a key a line"),
        ("config:\n  a: &x 1\n  b: *x\n", "aliases"),
        ("config:\n  a:a: 1\n  a:a: 2\n", "a:a twice"),
        ("config:\n  hunter2: [", "not YAML .line 2: "),
        ("a: *nowhere", "not YAML"),
    ],
)
def test_what_is_no_stacks_file_is_refused(text: str, why: str) -> None:
    with pytest.raises(InitError, match=why) as raised:
        edited(text, {"k": "v"}, NAME)
    assert "hunter2" not in str(raised.value)
