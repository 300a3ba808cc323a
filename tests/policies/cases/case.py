"""What is written down about a rule and a type of resource; test_every_rule.py asks all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.policies.harness import Config, Resource

Changed = Mapping[str, Any]
GONE = object()
"""As a property's value: it is not there."""


@dataclass(frozen=True, kw_only=True)
class Case:
    rule: str
    type: str
    good: Mapping[str, Any]
    breaks: Sequence[tuple[Changed, str]]
    """One property changed for the worse, and what the message shows of it. Resource options have
    their names in parentheses.
    """
    fine: Sequence[Changed] = ()
    """Other values that are as good."""
    unknown: Sequence[Changed] = ()
    """Not known at preview, and a violation could hide there: said, and judged again by `up`."""
    waits: Sequence[Changed] = ()
    """Not known at preview, and no violation where a resource of the stack is its source."""
    also: frozenset[str] = frozenset()
    """Rules that every break of this case breaks as well."""
    config: Config = field(default_factory=dict)
    protect: bool = True
    secret_outputs: Sequence[str] = ()
    not_text: bool = True
    """Whether the broken value can be a secret."""

    def resource(self, changed: Changed) -> Resource:
        props = {**self.good, **changed}
        options: dict[str, Any] = {
            option: props.pop(f"({option})", default)
            for option, default in (
                ("protect", self.protect),
                ("secret_outputs", self.secret_outputs),
                ("provider", None),
            )
        }
        there = {key: value for key, value in props.items() if value is not GONE}
        return Resource(type=self.type, props=there, **options)
