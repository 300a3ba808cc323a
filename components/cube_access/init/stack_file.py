"""Changes keys in the text of a stack's file, and nothing else in it.

The text is edited where PyYAML says that a value stands: a dump would lose every comment, and
reorder what others wrote. What is made is read again before it is given back.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from cube_access.init.errors import InitError
from cube_access.settings import PROJECT

Value = str | list[Any] | dict[str, Any] | None
"""What a key gets; None takes the key out."""
_COMMENT = re.compile(r"(?:^|\s)#", re.MULTILINE)


@dataclass(frozen=True)
class Read:
    """The configuration in a stack's file."""

    values: Mapping[str, str]
    """By full key, as the engine hands them to a program. What is encrypted is not in here."""
    encrypted: frozenset[str]
    """Full keys of what is."""


def read(text: str, name: str) -> Read:
    """The configuration in the text of a stack's file.

    Args:
        name: the file's, for an error.

    Raises:
        InitError: it is no stack's file.
    """
    config = _config(text, name)
    values, encrypted = {}, set()
    for key_node, node in config.value if config else ():
        value, key = _loaded(node), _full(key_node.value)
        if _is_encrypted(value):
            encrypted.add(key)
        elif isinstance(node, yaml.ScalarNode):
            # As it is written: YAML would make 0123 a number, and 2026-11-26 a date.
            values[key] = "" if value is None else node.value
        else:
            values[key] = json.dumps(value, default=str)
    return Read(values, frozenset(encrypted))


def edited(text: str, changes: Mapping[str, Value], name: str) -> str:
    """The text with the changes in it; every other line, comments too, is as it was.

    Args:
        changes: by full key.
        name: the file's, for an error.

    Raises:
        InitError: it is no stack's file, or a line of it would be lost.
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    made = text
    for key, value in changes.items():
        made = _with(made, key, value, newline, name)
    before, after = _data(text, name), _data(made, name)
    wanted = {key: value for key, value in changes.items() if value is not None}
    config = {k: v for k, v in _by_full(before).items() if k not in changes} | wanted
    if {**before, "config": config} != {**after, "config": _by_full(after)}:
        raise InitError(
            f"{name} is written in a way that cannot be changed with care. Nothing was written: "
            "change it by hand, or move it away."
        )
    return made


def _with(text: str, key: str, value: Value, newline: str, name: str) -> str:
    config = _config(text, name)
    if config is None or not config.value:
        return text if value is None else _first(text, _entry(key, value, 2, newline), newline)
    column = config.value[0][0].start_mark.column
    for key_node, node in config.value:
        if _full(key_node.value) == key:
            return _changed(text, key_node, node, value, newline, name)
    if value is None:
        return text
    return _after(text, _end(text, config), _entry(key, value, column, newline), column, newline)


def _changed(
    text: str, key_node: yaml.Node, node: yaml.Node, value: Value, newline: str, name: str
) -> str:
    """With another value, or none, for a key that is there."""
    column, start = key_node.start_mark.column, key_node.start_mark.index
    end = _end(text, node)
    if isinstance(value, list) and (made := _items(text, node, value, newline)):
        return made
    # What a "#" in a text is, only a text by itself tells.
    inside = node.start_mark.index if isinstance(node, yaml.ScalarNode) else end
    if _COMMENT.search(text[key_node.end_mark.index : inside]):
        raise InitError(
            f"{key_node.value} in {name} has a comment inside, which a change would lose. Change "
            "it by hand; nothing was written."
        )
    if value is None:
        return _removed(text, start - column, end, column)
    in_line = isinstance(node, yaml.CollectionNode) and node.flow_style
    entry = f"{key_node.value}: {_flow(value)}"
    if not in_line:
        entry = _entry(key_node.value, value, column, newline)
    return text[:start] + entry + text[end:]


def _first(text: str, entry: str, newline: str) -> str:
    """With the first key of a configuration that has none."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    for key_node, node in root.value if root else ():
        if key_node.value == "config":  # null, or {}
            start, end = node.start_mark.index, _end(text, node)
            return _after(text[:start].rstrip(" ") + text[end:], start - 1, entry, 2, newline)
    if text and not text.endswith("\n"):
        text += newline
    return f"{text}config:{newline}  {entry}{newline}"


def _after(text: str, place: int, entry: str, column: int, newline: str) -> str:
    """With an entry more, below the line that a place is in."""
    end = text.find("\n", place)
    if end < 0:
        text, end = f"{text}{newline}", len(text) + len(newline) - 1
    return f"{text[: end + 1]}{' ' * column}{entry}{newline}{text[end + 1 :]}"


def _removed(text: str, start: int, end: int, column: int) -> str:
    """Without these lines, but with the comment that stands beside the last of them."""
    stop = text.find("\n", end)
    stop = len(text) if stop < 0 else stop + 1
    beside = text[end:stop].lstrip(" \t")
    return text[:start] + (" " * column + beside if beside.startswith("#") else "") + text[stop:]


def _items(text: str, node: yaml.Node, wanted: list[Any], newline: str) -> str:
    """A list with entries added at its end or taken out, and each other line as it was; empty where
    the change is another one.
    """
    if not isinstance(node, yaml.SequenceNode) or node.flow_style:
        return ""
    there = [_loaded(each) for each in node.value]
    kept = [each for each in there if each in wanted]
    if not kept or wanted[: len(kept)] != kept or any(map(_is_block_text, node.value)):
        return ""
    column = node.start_mark.column
    if new := [f"- {_flow(each)}" for each in wanted[len(kept) :]]:
        entry = f"{newline}{' ' * column}".join(new)
        text = _after(text, _end(text, node), entry, column, newline)
    for each, value in reversed(list(zip(node.value, there, strict=True))):
        if value not in wanted:
            start = text.rfind("\n", 0, each.start_mark.index) + 1
            text = _removed(text, start, _end(text, each), column)
    return text


def _entry(key: str, value: Value, column: int, newline: str) -> str:
    if isinstance(value, str) or not value:
        return f"{key}: {_flow(value)}"
    if isinstance(value, list):
        lines = [f"- {_flow(each)}" for each in value]
    else:
        lines = [f"{_flow(name)}: {_flow(each)}" for name, each in value.items()]
    return f"{newline}{' ' * (column + 2)}".join([f"{key}:", *lines])


def _flow(value: Any) -> str:
    """A value in one line."""
    text = yaml.safe_dump(
        value, default_flow_style=True, allow_unicode=True, sort_keys=False, width=math.inf
    )
    return text.removesuffix("...\n").strip()


def _end(text: str, node: yaml.Node) -> int:
    """Where a value ends. PyYAML's own end of a block is where the next thing begins, beyond the
    comments that follow.
    """
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(text, last[1] if isinstance(last, tuple) else last)
    end = int(node.end_mark.index)
    return end if not _is_block_text(node) else len(text[:end].rstrip())


def _is_block_text(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")


def _config(text: str, name: str) -> yaml.MappingNode | None:
    """The map of the configuration; None where there is none yet.

    Raises:
        InitError: it is no stack's file, or written in a way that is not edited here.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        aliases = any(isinstance(each, yaml.AliasToken) for each in yaml.scan(text))
        _data(text, name)
    except yaml.YAMLError as error:
        # Its own text quotes the line, which may have a secret.
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}: {getattr(error, 'problem', '')})" if mark else ""
        raise InitError(f"{name} is not YAML{where}. Nothing was written.") from None
    if root is None:
        return None
    if not isinstance(root, yaml.MappingNode) or root.flow_style or aliases:
        raise InitError(
            f"{name} is no stack's file as `pulumi config set` writes it: it is no map with a key "
            "a line, or it has aliases. Write it so, or move it away."
        )
    config = next((node for key, node in root.value if key.value == "config"), None)
    if config is None or _loaded(config) in (None, {}):
        return None
    if not isinstance(config, yaml.MappingNode) or config.flow_style:
        raise InitError(f"config in {name} is no map with a key a line: write it so.")
    keys = [_full(key.value) for key, _ in config.value]
    if twice := sorted({str(key) for key in keys if keys.count(key) > 1}):
        raise InitError(f"{name} has {', '.join(twice)} twice: remove one of them.")
    return config


def _data(text: str, name: str) -> dict[str, Any]:
    data = yaml.safe_load(text)
    if data is not None and not isinstance(data, dict):
        raise InitError(f"{name} is no stack's file: it is no map.")
    return dict(data or {})


def _full(key: object) -> str:
    """The engine takes a key without a namespace for one of the project's."""
    return str(key) if ":" in str(key) else f"{PROJECT}:{key}"


def _by_full(data: Mapping[str, Any]) -> dict[str, Any]:
    return {_full(key): value for key, value in (data.get("config") or {}).items()}


def _loaded(node: yaml.Node) -> Any:
    """The value that a node stands for."""
    return yaml.constructor.SafeConstructor().construct_document(node)


def _is_encrypted(value: Any) -> bool:
    if isinstance(value, dict):
        return value.keys() == {"secure"} or any(map(_is_encrypted, value.values()))
    return isinstance(value, list) and any(map(_is_encrypted, value))
