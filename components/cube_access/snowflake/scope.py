"""Stops a change of what is readable that Snowflake cannot do in one step."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi

from cube_access.provider.definition import TEXTS, Definition, Property
from cube_access.provider.lifecycle import Failure, Lifecycle, Values
from cube_access.provider.resource import Resource
from cube_access.snowflake.identifiers import plain

Name = Sequence[str]


def _inside(inner: Name, outer: Name) -> bool:
    return list(inner[: len(outer)]) == list(outer)


def conflicts(before: Sequence[Name], after: Sequence[Name]) -> list[tuple[str, str]]:
    """What goes and what comes, where one contains the other."""
    gone = [name for name in before if list(name) not in [list(each) for each in after]]
    new = [name for name in after if list(name) not in [list(each) for each in before]]
    return [
        (plain(*old), plain(*fresh))
        for old in gone
        for fresh in new
        if _inside(old, fresh) or _inside(fresh, old)
    ]


DEFINITION = Definition(
    module="snowflake",
    name="ReadScope",
    description="Remembers what was readable. Lives in the state only.",
    inputs={
        "scopes": Property(
            description="Databases, schemas and tables, each as the parts of its name.",
            type={"type": "array", "items": TEXTS},
        )
    },
)


class ReadScopeLifecycle(Lifecycle):
    """Compares with what the state remembers; asks no cloud."""

    definition = DEFINITION

    def check(self, olds: Values, news: Values) -> list[Failure]:
        return [
            Failure(
                "scopes",
                f"{old} goes and {new} comes in one apply, and one contains the other. Snowflake "
                f"would take the new grants away together with the old ones. Remove {old} and "
                f"apply, then add {new} and apply.",
            )
            for old, new in conflicts(olds.get("scopes", []), news["scopes"])
        ]


class ReadScope(Resource):
    """Remembers which databases, schemas and tables were readable. REVOKE ... ON ALL takes from
    what it contains, whoever granted it, and the engine revokes last.
    """

    definition = DEFINITION

    def __init__(
        self, name: str, scopes: Sequence[Name], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, {"scopes": [list(scope) for scope in scopes]}, opts)
