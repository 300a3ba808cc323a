"""Stops what would cut people off, before it begins.

`protect` on a resource alone does not: the engine's message cannot say what the resource is for,
and a `destroy` without a preview deletes everything that depends on a protected resource before it
meets it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from cube_access.provider.definition import ANY, NUMBER, TRUTH, Definition, Property, map_of
from cube_access.provider.lifecycle import Failure, Lifecycle, Values
from cube_access.provider.resource import Resource
from cube_access.provider.values import UNKNOWN

ALL_THE_SAME = "To do it all the same, set cube-access:protect to false for one apply."
# The provider is the same one afterwards, and would look for everything in the new place only.
NEW_STACK = (
    "What is in the old place would be left there. Make a new stack for the new place, and "
    "destroy this one."
)


DEFINITION = Definition(
    module="index",
    name="Guard",
    description="Fails the preview of a change that would cut people off. Lives in the state only.",
    inputs={
        "what": Property(description="What it guards, in words."),
        "consequence": Property(description="What a change would do to people, in words."),
        "fixed": Property(description="Values that may not change.", type=map_of(ANY)),
        "steps": Property(
            description="Numbers that may only rise, by one at a time.", type=map_of(NUMBER)
        ),
        "remedy": Property(description="How to do it all the same, in words."),
        "protect": Property(description="Whether it guards at all.", type=TRUTH),
    },
)


class GuardLifecycle(Lifecycle):
    """Compares with what the state remembers; asks no cloud."""

    definition = DEFINITION

    def check(self, olds: Values, news: Values) -> list[Failure]:
        was, now = olds.get("steps", {}), news["steps"]
        leaps = [
            Failure(
                key,
                f"goes from {was[key]} to {now[key]}, but it rises by one at a time.",
            )
            for key in was
            if key in now and now[key] - was[key] not in (0, 1)
        ]
        if leaps:
            return leaps
        before, after = olds.get("fixed", {}), news["fixed"]
        changed = [
            f"{key} ({before[key]} -> {_shown(after.get(key))})"
            for key in before
            if before[key] != after.get(key)
        ]
        if not changed or not news["protect"]:
            return []
        reason = f"it replaces {news['what']}. {news['consequence']} {news['remedy']}"
        return [Failure(", ".join(changed), reason)]


def _shown(value: Any) -> str:
    return "not known yet" if value is UNKNOWN else str(value)


class Guard(Resource):
    """Lives in the stack's state only.

    Made before what it guards, it remembers the properties whose change would replace that, and
    fails the preview of a change; and the numbers that may only rise step by step. Made after
    everything, it is the first thing that `destroy` meets, and is protected.
    """

    definition = DEFINITION

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
        super().__init__(name, properties, opts)
