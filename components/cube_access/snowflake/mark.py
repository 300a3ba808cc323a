"""What a stack's objects are marked with, and what has the mark when the stack is gone.

A mark is made before anything in the account and removed after everything. What has it then was
made by a run that was cut off, or was taken out of the state by hand, which cannot be told from one
another: it is named, with the statement that removes it, and stays.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import pulumi

from cube_access.facts.identifiers import parse, quoted
from cube_access.facts.securables import plural
from cube_access.provider.definition import TEXTS, Definition, Property, map_of
from cube_access.provider.lifecycle import Lifecycle, ProviderError, Values
from cube_access.provider.resource import Resource
from cube_access.snowflake import holdings
from cube_access.snowflake.lookup import like
from cube_access.snowflake.session import session

if TYPE_CHECKING:
    from cube_access.settings import SnowflakeSettings

MADE = " [{}]"
"""What a comment has besides."""
MONITOR = "RESOURCE MONITOR"
"""The one kind without a comment: nothing tells whose it is."""
INSIDE = ("", " IN DATABASE ", " IN SCHEMA ")

DEFINITION = Definition(
    module="snowflake",
    name="Mark",
    description="What this stack's objects are marked with, and where they are. Lives in the "
    "state only.",
    inputs={
        "account": Property(description="As <organization>-<account name>.", optional=True),
        "base": Property(description="What all their names begin with.", optional=True),
        "places": Property(
            description="The role that looks, and the parts of the place, by kind.",
            type=map_of(TEXTS),
            optional=True,
        ),
    },
    outputs={"mark": Property(description="Random; no other stack has it.")},
    kept=frozenset({"mark"}),
)


class MarkLifecycle(Lifecycle):
    """Made before anything in the account."""

    definition = DEFINITION

    def create(self, inputs: Values) -> tuple[str, Values]:
        return "mark", {**inputs, "mark": secrets.token_hex(8)}

    def update(self, identifier: str, olds: Values, news: Values) -> Values:
        return {**news, "mark": olds["mark"]}

    def delete(self, identifier: str, outputs: Values) -> None:
        for kind, (role, *place) in (outputs.get("places") or {}).items():
            try:
                for text in self._left(kind, role, place, outputs):
                    self.voice.warn(text)
            except ProviderError as error:
                self.voice.warn(
                    f"whether an `up` that was cut off has left a {kind.lower()} was not seen: "
                    f"{error}"
                )

    def _left(self, kind: str, role: str, place: list[str], outputs: Values) -> Iterator[str]:
        found = session(outputs["account"], role, self.sign_in, self.cancelled)
        rows = found.rows(show(kind, like(outputs["base"], begins=True), place))
        mark = MADE.format(outputs["mark"])
        for row in rows:
            name = str(row["name"])
            words = f"the {kind.lower()} {'.'.join([*place, name])} stays"
            remove = f"`DROP {kind} {quoted(*place, name)}`"
            if kind == MONITOR and name == outputs["base"]:
                yield (
                    f"{words}. It has no comment that would tell whose it is: if an `up` of this "
                    f"stack that was cut off has made it, remove it by {remove}."
                )
            elif mark in str(row.get("comment") or ""):
                yield (
                    f"{words}. It has this stack's mark, but its state had it no longer, or not "
                    f"yet: an `up` that was cut off has made it. Remove it by {remove}."
                )
        if len(rows) >= holdings.MOST_ROWS:
            yield (
                f"whether an `up` that was cut off has left a {kind.lower()} was not seen in full: "
                f"{holdings.MOST_ROWS:,} names may begin with {outputs['base']}."
            )


class Mark(Resource):
    definition = DEFINITION


def show(kind: str, pattern: str, place: Sequence[str]) -> str:
    """The statement that lists a kind in a place, by a pattern of `like`."""
    return f"SHOW {plural(kind)} LIKE {pattern}{INSIDE[len(place)]}{quoted(*place)}"


def places(
    settings: SnowflakeSettings, role: Callable[[str], pulumi.Output[str]]
) -> dict[str, list[pulumi.Input[str]]]:
    """Of each kind that a stack makes: the role that makes it, and where.

    Args:
        role: of a task, by its name in `place.py`.
    """
    found: dict[str, list[pulumi.Input[str]]] = {
        "ROLE": [role("users")],
        "USER": [role("security" if settings.allowed_cidrs else "users")],
        "SECURITY INTEGRATION": [role("integrations")],
    }
    if settings.allowed_cidrs:
        found["NETWORK POLICY"] = [role("security")]
    if not settings.snowflake_warehouse:
        quota = settings.snowflake_warehouse_credit_quota
        found["WAREHOUSE"] = [role("integrations" if quota else "warehouses")]
        if quota:
            found[MONITOR] = [role("integrations")]
    if settings.grant_to == "database-role":
        found["DATABASE ROLE"] = [role("warehouses"), settings.scopes[0][0]]
    if settings.authentication_policy_schema:
        schema = parse(settings.authentication_policy_schema)
        found["AUTHENTICATION POLICY"] = [role("security"), *schema]
    return found
