"""Credentials inside a value: in JSON or dotenv text, in a list of names and values, in base64.
That is how a container, a cluster and Cube itself take their configuration.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..looks import bears_credential, is_place
from ..values import SecretText, leaves, peek

# A variable's assignment on a line of its own, or after `export`.
ASSIGNMENT = re.compile(
    r"^[ \t]*(?:export[ \t]+|set[ \t]+)?(?P<name>[A-Z][A-Z0-9_]+)[ \t]*=[ \t]*(?P<value>[^\r\n]*)$",
    re.MULTILINE,
)
IN_YAML = re.compile(
    r"^[ \t]*(?:-[ \t]+)?['\"]?(?P<name>[A-Z][A-Z0-9]*_[A-Z0-9_]+)['\"]?:[ \t]+"
    r"(?P<value>\S+)[ \t]*$",
    re.MULTILINE,
)
# In one line of many words: a comment, a command.
INLINE = re.compile(r"(?<![\w$])(?P<name>[A-Z][A-Z0-9_]{3,})=(?P<value>(?![$<{%*])[^\s,;]+)")
# What a program reads from its environment; with a default of its own it is a value.
READ = (
    r"(?:os\.)?(?:environ\.get|getenv|env)\(['\"][A-Z][A-Z0-9_]*['\"]\)(?: or [A-Z][A-Z0-9_]*)?"
    r"|(?:os\.)?environ\[['\"][A-Z][A-Z0-9_]*['\"]\]|process\.env\.[A-Z][A-Z0-9_]*;?"
)
# What stands for a value that comes from elsewhere when the text is used.
STANDS_FOR = re.compile(
    rf"{READ}|"
    r"\$\{[^}]*\}|\$\([^)]*\)|\$[A-Za-z_]\w*|\{\{[^{}]*\}\}|<[^<>]*>|%[\w.]+%|\*+|\[secret\]|null|None"
)
NAME, VALUE = ("name", "key"), ("value",)
MOST_TEXT = 65_536
"""Characters of a text that are looked through."""
BASE64 = re.compile(r"(userData|contentBase64|base64|data)$", re.IGNORECASE)


def _is_value(text: str) -> bool:
    bare = text.strip().strip("'\"").strip()
    return bool(bare) and not STANDS_FOR.fullmatch(bare) and not is_place(bare)


def pairs(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """In lists of names and values: where a named credential has a plain value, and its name."""
    if isinstance(value, Mapping):
        lower = {str(key).lower(): key for key in value}
        name = next((peek(value, lower[key]) for key in NAME if key in lower), None)
        # A parameter is called by a path, of which the last part is the variable.
        named = isinstance(name, str) and bears_credential(name.rpartition("/")[2])
        for key in VALUE if named else ():
            given = peek(value, lower[key]) if key in lower else None
            if isinstance(given, str) and not isinstance(given, SecretText) and _is_value(given):
                yield f"{path}.{lower[key]}".lstrip("."), f"{name}"
        for each in value:
            yield from pairs(peek(value, each), f"{path}.{each}".lstrip("."))
    elif isinstance(value, list) or (hasattr(value, "__getitem__") and not isinstance(value, str)):
        for index in range(len(value)):
            yield from pairs(peek(value, index), f"{path}[{index}]")


def in_text(text: str, key: str = "") -> str:
    """The name of a credential that a text gives a value to; empty if it gives none."""
    if len(text) > MOST_TEXT:
        text = text[:MOST_TEXT]
    if text.lstrip()[:1] in ("{", "[") and (name := _in_json(text)):
        return name
    for pattern in (ASSIGNMENT, IN_YAML, INLINE):
        for found in pattern.finditer(text):
            if bears_credential(found["name"]) and _is_value(found["value"]):
                return found["name"]
    if BASE64.search(key) and (decoded := _decoded(text)):
        return in_text(decoded)
    return ""


def _in_json(text: str) -> str:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    for _, name in pairs(document):
        return name
    for _, name, value in leaves(document):
        if isinstance(value, str) and bears_credential(name) and _is_value(value):
            return name
        if isinstance(value, str) and value is not text and (found := in_text(value)):
            return found
    return ""


def _decoded(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except (ValueError, binascii.Error):
        return ""
