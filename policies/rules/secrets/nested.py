"""Credentials inside a value: in JSON, YAML or dotenv text, in a list of names and values, in
base64, in a command. That is how a container, a cluster and Cube itself take their configuration.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeGuard

from ..library import library
from ..looks import OFTEN_NAMES, bears_credential, is_place
from ..values import SecretText, leaves, peek

yaml = library("yaml")
VARIABLE = r"[A-Z][A-Z0-9_]+"
# In texts: a name, and what stands behind it.
ASSIGNMENTS = (
    # A variable on a line of its own, or after `export`; of a Dockerfile, after ENV.
    re.compile(
        rf"^[ \t]*(?:export[ \t]+|set[ \t]+)?(?P<name>{VARIABLE})[ \t]*=[ \t]*(?P<value>[^\r\n]*)$",
        re.MULTILINE,
    ),
    re.compile(rf"^[ \t]*ENV[ \t]+(?P<name>{VARIABLE})[ \t=]+(?P<value>[^\r\n]+)$", re.MULTILINE),
    # Of YAML that cannot be read as such: a template.
    re.compile(
        r"^[ \t]*(?:-[ \t]+)?['\"]?(?P<name>[A-Z][A-Z0-9]*_[A-Z0-9_]+)['\"]?:[ \t]+"
        r"(?P<value>[^\r\n]+)$",
        re.MULTILINE,
    ),
    # In one line of many words: a comment, a command, with or without docker's -e.
    re.compile(
        r"(?:(?<![\w$])|(?<=-e))(?P<name>[A-Z][A-Z0-9_]{3,})="
        r"(?P<value>(?![$<{%*]|ENC\[)[^\s,;]+)"
    ),
    # In a program, in TOML: a literal.
    re.compile(
        r"(?<![\w$.-])(?P<name>[A-Za-z][\w-]*)['\"]?[ \t]*(?:=>?|:)[ \t]*"
        r"(?P<mark>['\"])(?P<value>[^'\"\r\n]+)(?P=mark)"
    ),
    # An option of a command.
    re.compile(r"(?<![\w-])--?(?P<name>[a-z][a-z-]+)(?:=|[ \t]+)(?P<value>[^\s'\"-][^\s'\"]*)"),
)
# An INI file has sections, and no marks around its values.
SECTION = re.compile(r"^\[[\w .:-]+\][ \t]*$", re.MULTILINE)
IN_SECTION = re.compile(
    r"^[ \t]*(?P<name>[a-z][\w-]*)[ \t]*=[ \t]*(?P<value>[^\r\n]+)$", re.MULTILINE
)
YAML_LINE = re.compile(r"^[ \t]*(?:-[ \t]+)?['\"]?[\w.-]+['\"]?:(?:[ \t]|\r?$)", re.MULTILINE)
# Another part once more: left out, for repetitions of repetitions can be very long.
YAML_ALIAS = re.compile(r"(?<=[\s:\[,-])\*[\w-]+")
GZIP = zlib.MAX_WBITS | 16
MOST_UNPACKED = 16_777_216
"""Bytes of what is compressed: a little text can unpack to more than there is memory."""
MOST_YAML = 262_144
"""Characters; a longer text is looked through line by line."""
# As lists of names and values call them, in small letters.
NAME = ("name", "key", "variablename", "optionname", "parameterkey", "label", "secretname")
VALUE = ("value", "text", "insecurevalue", "parametervalue", "plaintextvalue", "defaultvalue")
# A value is then the name of a secret in a store.
KEPT = frozenset({"SECRETS_MANAGER", "PARAMETER_STORE"})
BASE64 = re.compile(r"(userData|contentBase64|base64|data|content)(\.[^\]]+)?$", re.IGNORECASE)


def _is_value(text: str, name: str = "") -> bool:
    bare = text.strip().strip("'\"").strip()
    if name.lower() in OFTEN_NAMES and not re.search(r"\d", bare):
        return False  # in a text it is mostly what one is called
    return bool(bare) and not is_place(bare)


def has_pairs(all_of_it: Iterable[tuple[str, str, Any]]) -> bool:
    """Whether `pairs` can find one among these leaves: most resources have none, and it is slow."""
    return any(
        key.lower() in VALUE or (isinstance(value, str) and value[:1] == "-")
        for _, key, value in all_of_it
    )


def pairs(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """In lists of names and values, and of a command's options: where a named credential has a
    plain value, and its name.
    """
    if isinstance(value, Mapping):
        lower = {str(key).lower(): key for key in value}
        name = next((peek(value, lower[key]) for key in NAME if key in lower), None)
        kept = "type" in lower and peek(value, lower["type"]) in KEPT
        named = isinstance(name, str) and not kept and bears_credential(name)
        for key in VALUE if named else ():
            given = peek(value, lower[key]) if key in lower else None
            if _is_plain(given) and _is_value(given):
                yield f"{path}.{lower[key]}".lstrip("."), f"{name}"
        for each in value:
            yield from pairs(peek(value, each), f"{path}.{each}".lstrip("."))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        before: Any = ""
        for index in range(len(value)):
            each = peek(value, index)
            if isinstance(before, str) and before.startswith("-") and _is_plain(each):
                name = before.lstrip("-")
                if bears_credential(name) and _is_value(each, name):
                    yield f"{path}[{index}]", f"{before}"
            yield from pairs(each, f"{path}[{index}]")
            before = each


def _is_plain(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and not isinstance(value, SecretText)


def in_text(text: str) -> str:
    """The name of a credential that a text gives a value to; empty if it gives none."""
    if text.lstrip()[:1] in ("{", "[") and (name := _in_document(_json(text))):
        return name
    lines = "\n" in text and len(text) < MOST_YAML and YAML_LINE.search(text)
    if lines and (name := _in_document(_yaml(text))):
        return name
    for pattern in (*ASSIGNMENTS, *([IN_SECTION] if SECTION.search(text) else [])):
        for found in pattern.finditer(text):
            if bears_credential(found["name"]) and _is_value(found["value"], found["name"]):
                return found["name"]
    return ""


def _in_document(document: Any) -> str:
    if not isinstance(document, dict | list):
        return ""
    for _, name in pairs(document):
        return name
    for path, key, value in leaves(document):
        if not isinstance(value, str):
            continue
        name = end_of(path, key)
        if bears_credential(name) and _is_value(value, key):
            return key
        if found := in_text(value) or in_text(decoded(value, path)):
            return found
    return ""


def end_of(path: str, key: str) -> str:
    """The last two parts of a path, which tell what a value is. What it is by default, or the value
    of, stands one higher.
    """
    if key.lower() in ("default", "plaintext", "value"):
        return path.rpartition(".")[0]
    parts = path.rsplit(".", 2)
    return f"{parts[-2]}.{key}" if len(parts) > 1 and parts[-1] == key else key


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc] # either
    """Reads what a template of CloudFormation refers to, `!Ref DbPassword`, as nothing."""


_Loader.add_multi_constructor("!", lambda *_: None)


def _yaml(text: str) -> Any:
    """What the text says; None if it is no YAML."""
    try:
        documents = list(yaml.load_all(YAML_ALIAS.sub("{}", text), Loader=_Loader))
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    return [each for each in documents if isinstance(each, dict | list)]


def decoded(text: str, path: str) -> str:
    """What stands in base64, compressed or not; empty where that is not how it is written."""
    if not BASE64.search(path) or len(text) < len("PASS=x"):
        return ""
    try:
        content = base64.b64decode("".join(text.split()), validate=True)
        if content.startswith(b"\x1f\x8b"):
            content = zlib.decompressobj(GZIP).decompress(content, MOST_UNPACKED)
        return content.decode()
    except (ValueError, binascii.Error, zlib.error):
        return ""
