"""What the stack's state has already, if there is one: that is ours."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cube_access import stack as stacks
from cube_access.stack import StackError


@dataclass(frozen=True)
class Applied:
    resources: Sequence[Mapping[str, Any]] = ()

    def has(self, kind: str, value: str, key: str = "id") -> bool:
        """Whether a resource of this type has this id, or another output."""
        return any(
            value in (each.get(key), (each.get("outputs") or {}).get(key))
            for each in self.resources
            if each["type"] == kind
        )


def read(folder: Path, stack: str) -> Applied:
    """Nothing, where there is no such stack yet. No secret is read."""
    try:
        exported = json.loads(stacks.pulumi(folder, "stack", "export", "--stack", stack))
    except StackError:
        return Applied()
    return Applied((exported.get("deployment") or {}).get("resources") or [])
