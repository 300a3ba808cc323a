"""Both sides of what a report compares, and how its resources are called."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cube_access.report.meaning import Meaning
from cube_access.report.preview import SECRET, UNKNOWN, Resource, shown

Sides = tuple[Mapping[str, Any], Mapping[str, Any]]
"""Before and after."""


@dataclass
class Change:
    """Both sides of what is compared."""

    before: dict[str, Resource] = field(default_factory=dict)
    after: dict[str, Resource] = field(default_factory=dict)
    replaced: dict[str, tuple[str, ...]] = field(default_factory=dict)
    changes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    stored: dict[str, Resource] = field(default_factory=dict)
    """`before` as the stack's state had it; what differs was done by hand."""
    looked_at: Sequence[str] = ()
    """Roles of which the preview read every privilege live."""
    outputs: Sides = ({}, {})
    """The stack's."""
    components: dict[str, Sides] = field(default_factory=dict)
    """Our components' outputs, by their URNs."""

    def component_of(self, resource: Resource) -> str:
        """The URN of the component that a resource is below; empty: of none, or nobody says."""
        parent = resource.parent
        while parent and parent not in self.components:
            above = self.after.get(parent) or self.before.get(parent)
            parent = above.parent if above else ""
        return parent or (next(iter(self.components)) if len(self.components) == 1 else "")

    def declared(self) -> dict[str, tuple[str, str]]:
        """What our components were asked for, setting by setting, as one line each: before and
        after.
        """
        found: dict[str, tuple[str, str]] = {}
        for urn, sides in self.components.items():
            each = [side.get("declaration") for side in sides]
            was, now = (side if isinstance(side, Mapping) else {} for side in each)
            name = f"{urn.rpartition('::')[2]}." if len(self.components) > 1 else ""
            for key in was.keys() | now.keys() if was and now else ():
                found[f"{name}{key}"] = (_asked(was, key), _asked(now, key))
        return found

    def cube_py(self) -> dict[str, tuple[str, str]]:
        """Its text before and after, for each component; of a version whose components did not
        say it, the stack's.
        """
        sides = self.components or {"": self.outputs}
        name = "cubePy" if self.components else "cube_py"
        texts = {
            urn.rpartition("::")[2]: tuple(side.get(name) for side in each)
            for urn, each in sides.items()
        }
        return {
            name: (was if isinstance(was, str) else "", now if isinstance(now, str) else "")
            for name, (was, now) in texts.items()
        }


def _asked(declared: Mapping[str, Any], key: str) -> str:
    kept = declared.get("secrets")
    return SECRET if isinstance(kept, list) and key in kept else shown(declared.get(key, ""))


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
