"""Stops a change of what is readable that Snowflake cannot do in one step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, UpdateResult

from cube_access.dynamic import Provider, Resource
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


class _ReadScopeProvider(Provider):
    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        failures = [
            CheckFailure(
                "scopes",
                f"{old} goes and {new} comes in one apply, and one contains the other. Snowflake "
                f"would take the new grants away together with the old ones. Remove {old} and "
                f"apply, then add {new} and apply.",
            )
            for old, new in conflicts(olds.get("scopes", []), news["scopes"])
        ]
        return CheckResult(news, failures)

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return DiffResult(changes=olds["scopes"] != news["scopes"])

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult("read-scope", props)

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(news)


class ReadScope(Resource, module="snowflake", name="ReadScope"):
    """Remembers which databases, schemas and tables were readable. REVOKE ... ON ALL takes from
    what it contains, whoever granted it, and the engine revokes last.
    """

    def __init__(
        self, name: str, scopes: Sequence[Name], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        properties = {"scopes": [list(scope) for scope in scopes]}
        super().__init__(_ReadScopeProvider(), name, properties, opts)
