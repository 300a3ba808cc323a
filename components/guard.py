"""Stops a preview that would replace something people depend on, with words that say who is hit.

`protect` alone stops it too, but the engine's message does not know what the resource is for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)


class _GuardProvider(ResourceProvider):
    serialize_as_secret_always = False

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        before, after = olds.get("fixed", {}), news["fixed"]
        changed = [
            f"{key} ({before[key]} -> {after[key]})"
            for key in before
            if before[key] != after.get(key)
        ]
        if not changed or not news["protect"]:
            return CheckResult(news, [])
        reason = (
            f"it replaces {news['what']}. {news['consequence']} Nothing was changed. To do it all the same, set "
            "cube-access:protect to false for one apply."
        )
        return CheckResult(news, [CheckFailure(", ".join(changed), reason)])

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return DiffResult(
            changes=any(olds.get(key) != news[key] for key in news if key != "__provider")
        )

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult("guard", props)

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(news)


class ReplacementGuard(Resource, module="cube-access", name="ReplacementGuard"):
    """Remembers the properties whose change forces a replacement; a change fails the preview while protected.

    Nothing exists behind it: it lives in the stack's state only. Whatever it guards should depend on it, so that
    the preview stops here.
    """

    def __init__(
        self,
        name: str,
        *,
        what: pulumi.Input[str],
        consequence: str,
        fixed: Mapping[str, pulumi.Input[str] | bool],
        protect: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "what": what,
            "consequence": consequence,
            "fixed": dict(fixed),
            "protect": protect,
        }
        super().__init__(_GuardProvider(), name, properties, opts)
