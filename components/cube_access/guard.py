"""Stops what would cut people off, before it begins.

`protect` on a resource alone does not: the engine's message cannot say what the resource is for,
and a `destroy` without a preview deletes everything that depends on a protected resource before it
meets it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, UpdateResult

from cube_access.dynamic import Provider, Resource

ALL_THE_SAME = "To do it all the same, set cube-access:protect to false for one apply."
# The provider is the same one afterwards, and would look for everything in the new place only.
NEW_STACK = (
    "What is in the old place would be left there. Make a new stack for the new place, and "
    "destroy this one."
)


class _GuardProvider(Provider):
    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        was, now = olds.get("steps", {}), news["steps"]
        leaps = [
            CheckFailure(
                key,
                f"goes from {was[key]:.0f} to {now[key]:.0f}, but it rises by one at a time. "
                "Nothing was changed.",
            )
            for key in was
            if key in now and now[key] - was[key] not in (0, 1)
        ]
        if leaps:
            return CheckResult(news, leaps)
        before, after = olds.get("fixed", {}), news["fixed"]
        changed = [
            f"{key} ({before[key]} -> {after[key]})"
            for key in before
            if before[key] != after.get(key)
        ]
        if not changed or not news["protect"]:
            return CheckResult(news, [])
        reason = (
            f"it replaces {news['what']}. {news['consequence']} Nothing was changed. "
            f"{news['remedy']}"
        )
        return CheckResult(news, [CheckFailure(", ".join(changed), reason)])

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        changed = any(olds.get(key) != news[key] for key in news if key != "__provider")
        return DiffResult(changes=changed)

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult("guard", props)

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(news)


class Guard(Resource, module="cube-access", name="Guard"):
    """Lives in the stack's state only.

    Made before what it guards, it remembers the properties whose change would replace that, and
    fails the preview of a change; and the numbers that may only rise step by step. Made after
    everything, it is the first thing that `destroy` meets, and is protected.
    """

    def __init__(
        self,
        name: str,
        *,
        protect: bool,
        what: pulumi.Input[str],
        consequence: str = "",
        fixed: Mapping[str, pulumi.Input[str] | bool] | None = None,
        steps: Mapping[str, int] | None = None,
        remedy: str = ALL_THE_SAME,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "what": what,
            "consequence": consequence,
            "fixed": dict(fixed or {}),
            "steps": dict(steps or {}),
            "remedy": remedy,
            "protect": protect,
        }
        super().__init__(_GuardProvider(), name, properties, opts)
