"""Both sides of what a report compares, and how its resources are called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cube_access.report.meaning import Meaning
from cube_access.report.preview import SECRET, UNKNOWN, Resource


@dataclass
class Change:
    """Both sides of what is compared."""

    before: dict[str, Resource] = field(default_factory=dict)
    after: dict[str, Resource] = field(default_factory=dict)
    replaced: dict[str, tuple[str, ...]] = field(default_factory=dict)
    changes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    stored: dict[str, Resource] = field(default_factory=dict)
    """`before` as the stack's state had it; what differs was done by hand."""
    outputs: tuple[Mapping[str, Any], Mapping[str, Any]] = ({}, {})


def value_of(resource: Resource, path: str) -> Any:
    value: Any = resource.inputs
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def called(resource: Resource, meaning: Meaning) -> str:
    label = re.search(r"-(?:secret|token|key)-([^-].*)$", resource.name)
    if meaning.credential and label:
        return f"{meaning.what} {label[1]}"
    for key in ("displayName", "name"):
        value = resource.inputs.get(key)
        if isinstance(value, str) and value not in (UNKNOWN, SECRET):
            return f"{meaning.what} {value}"
    return meaning.what
