"""What a role can hold a privilege on, and the privileges held on it.

Owns the shape of an object and of a grant. What may be done with them is `roles.py`'s and
`catalog.py`'s.
"""

import re
from dataclasses import dataclass, field
from typing import Any

PLAIN = re.compile(r"[A-Z_][A-Z0-9_$]*")


@dataclass(eq=False)
class Securable:
    kind: str
    """In the singular and in words: TABLE, NETWORK POLICY, DATABASE ROLE, ..."""
    name: tuple[str, ...]
    """Exact, from the database down."""
    owner: "Securable | None"
    created: float
    settings: dict[str, Any] = field(default_factory=dict)
    """Only what was set: text, whole numbers, booleans, and tuples for lists."""
    grants: "list[Grant]" = field(default_factory=list)
    future: "list[Future]" = field(default_factory=list)
    inherited: "list[Inherited]" = field(default_factory=list)
    """By what is in it, now and later."""

    @property
    def simple_name(self) -> str:
        return self.name[-1]

    @property
    def comment(self) -> str:
        return self.text("COMMENT")

    def text(self, key: str) -> str:
        return str(self.settings.get(key) or "")

    def flag(self, key: str, default: bool = False) -> bool:
        return bool(self.settings.get(key, default))

    def items(self, key: str) -> tuple[str, ...]:
        return tuple(self.settings.get(key) or ())

    def __str__(self) -> str:
        return dotted(self.name)


SHARE = "SHARE"
"""Of a database that another account shares: what it comes from, <account>.<share>. Set by hand."""


@dataclass(eq=False)
class Grant:
    """Being in a role is USAGE on it, so membership is a grant too."""

    privilege: str
    on: Securable
    to: Securable
    option: bool
    by: str
    created: float


@dataclass(eq=False)
class Future:
    privilege: str
    kind: str
    place: Securable
    to: Securable
    option: bool
    created: float


@dataclass(eq=False)
class Inherited:
    """Held on everything of a kind in a place, without a grant on each."""

    privilege: str
    kind: str
    place: Securable
    to: Securable
    by: str
    created: float


def dotted(name: tuple[str, ...]) -> str:
    """As Snowflake writes names: quotes only where they are needed."""
    return ".".join(quoted(part) for part in name)


def quoted(name: str) -> str:
    return name if PLAIN.fullmatch(name) else '"' + name.replace('"', '""') + '"'
