"""The configuration is strict: a name that is no rule, a limit that the rule does not have, or a
value of another shape is an error, which names the nearest. A misspelt limit would otherwise leave
the default in force without a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from .rule import Rule

ALL = "all"
"""The engine's word for a level of every rule."""
_TYPES: dict[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}


def nearest(name: str, names: Iterable[str]) -> str:
    """For the end of a message."""
    close = get_close_matches(name, list(names), 1, 0.4)
    return f" The nearest is {close[0]}." if close else ""


def problems(config: Mapping[str, Mapping[str, Any]], rules: Sequence[Rule]) -> list[str]:
    """What is wrong, one sentence each.

    Args:
        config: the limits that are given, by rule.
    """
    by_name = {rule.name: rule for rule in rules}
    found = []
    for name in sorted(config):
        if name == ALL:
            if config[name]:
                found.append(f"{ALL} takes a level only, no {', '.join(sorted(config[name]))}.")
            continue
        if name not in by_name:
            found.append(f"{name} is no rule here.{nearest(name, by_name)}")
            continue
        limits = by_name[name].limits
        for limit, value in sorted(config[name].items()):
            if limit not in limits:
                has = f"{name} has no limit {limit}."
                found.append(has + (nearest(limit, limits) or _known(limits)))
            elif problem := _shape(value, limits[limit]):
                found.append(f"{name}: {limit} {problem}.")
    return found


def _known(limits: Mapping[str, Any]) -> str:
    return f" It has {', '.join(limits)}." if limits else " It has none."


def _shape(value: Any, schema: Mapping[str, Any]) -> str:
    kind = schema["type"]
    # True is an int to Python, and no number to anybody who writes a limit.
    right: bool = isinstance(value, _TYPES[kind])
    if not right or (kind == "number" and isinstance(value, bool)):
        return f"is {value!r}, and must be of type {kind}"
    least, most = schema.get("minimum"), schema.get("maximum")
    if kind == "number" and not (least is None or least <= value <= most):
        return f"is {value:g}, and must be from {least} to {most}"
    if kind == "array" and "items" in schema:
        for index, each in enumerate(value):
            if problem := _shape(each, schema["items"]):
                return f"has an entry {index + 1} that {problem}"
    for key, inside in schema.get("properties", {}).items() if kind == "object" else ():
        if key in value and (problem := _shape(value[key], inside)):
            return f"has a {key} that {problem}"
        if key not in value and key in schema.get("required", ()):
            return f"is {value!r}, which has no {key}"
    ways = [way["required"] for way in schema.get("anyOf", ())]
    if ways and not any(all(key in value for key in keys) for keys in ways):
        return f"is {value!r}, which has no {' or '.join(key for keys in ways for key in keys)}"
    if kind == "object" and schema.get("additionalProperties") is False:
        for key in value:
            if key not in schema["properties"]:
                return f"has {key}, which means nothing here.{nearest(key, schema['properties'])}"
    return ""
