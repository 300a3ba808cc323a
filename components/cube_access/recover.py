"""`cube-access recover`: what a run that was cut off has left and no `up` removes by itself, and
what has our name already and is to be ours.

Owns what is done and how it is told. It reads the stack's state, not the program; looks at
Databricks by the sign-in of `pulumi up`; and does nothing before it is told to.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cube_access import stack as stacks
from cube_access.databricks.leftovers import Kind, Things, leftovers
from cube_access.databricks.once import INTENT, SETTLED
from cube_access.explained import ExplainedError
from cube_access.provider.lifecycle import SignIn
from cube_access.snowflake.taken import TAKEN, ending_of
from cube_access.trouble import told, trouble

IDENTIFIERS = ("servicePrincipalSecretId", "integrationId", "tokenId")
"""Outputs that are what Databricks lists a thing by, where a resource's own id is another one."""
DOUBTS: Mapping[Kind, str] = {
    "app": "perhaps of another stack",
    "principal": "perhaps of another stack",
    "secret": "perhaps made by hand or by a rotation, and in use",
    "token": "perhaps made by hand or by a rotation, and in use",
}


class RecoverError(ExplainedError):
    """It cannot be done as asked; nothing was changed."""


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """One thing that is there and in no state."""

    described: str
    command: str
    """By which a person removes it."""
    things: Things
    identifier: str
    sure: bool
    """Whether it is this stack's beyond doubt."""


def resources(folder: Path, stack: str) -> list[stacks.State]:
    """Of the state, whether or not its last `up` came to its end."""
    exported = json.loads(stacks.pulumi(folder, "stack", "export", "--stack", stack))
    return list((exported.get("deployment") or {}).get("resources") or [])


def look(states: Sequence[stacks.State]) -> list[Leftover]:
    """Everything of a run of this stack's that the state does not have, each once.

    Raises:
        RecoverError: the deployer cannot look, or the state says nothing of where.
    """
    intents = [each for each in states if each["type"] == INTENT.token]
    if not intents:
        raise RecoverError(
            "there is nothing to look at here: it looks at Databricks, and this stack's state has "
            "nothing of it. On Snowflake `pulumi preview` says what has our name."
        )
    found: dict[tuple[str, str], Leftover] = {}
    for intent in intents:
        try:
            for each in _left(intent, states):
                key = each.things.kind, each.identifier
                # Two labels' intents may both see it: the one that is sure counts.
                if key not in found or each.sure:
                    found[key] = each
        except (OSError, ValueError) as error:  # the SDK's own errors are of these, too
            raise RecoverError(told("Databricks", trouble(error))) from None
    return list(found.values())


def _left(intent: stacks.State, states: Sequence[stacks.State]) -> Iterator[Leftover]:
    outputs: Mapping[str, Any] = intent["outputs"]
    things = Things(
        kind=outputs["kind"],
        host=outputs["host"],
        account_id=outputs["accountId"],
        name=outputs["name"],
        principal_id=outputs.get("principalId") or "",
        sign_in=SignIn(),
    )
    found = things.listed()
    own = found.get(_own(intent, states))
    held = _held(states)
    doubles: set[str] = set()
    if own:
        doubles = {
            each.identifier
            for each in leftovers(
                things.kind, found, own=own, mark=outputs["mark"], before=outputs["before"]
            )
        }
    # Once ours was settled, what is new is of no lost answer: a rotation may have made it.
    removable = not _settled(intent, states)
    for each in found.values():
        if each.identifier in held:
            continue
        new = each.identifier not in outputs["before"]
        if things.kind == "principal":
            sure = named = each.mark == outputs["mark"]
        elif things.kind == "app":
            # Two apps alike may be two stacks': only a run that has just made one can tell.
            sure, named = False, new
        elif own:
            named = each.identifier in doubles
            sure = named and removable
        else:
            # The state has none to compare with: a run may have ended right after it was made.
            sure = False
            named = new and (things.kind == "secret" or each.alike == things.name)
        if named:
            yield Leftover(
                described=each.described,
                command=things.command(each.identifier),
                things=things,
                identifier=each.identifier,
                sure=sure,
            )


def _held(states: Sequence[stacks.State]) -> set[str]:
    """Every id that the state has, whichever intent it belongs to."""
    found: set[str] = set()
    for each in states:
        outputs = each.get("outputs") or {}
        ids = [each.get("id"), *(outputs.get(key) for key in IDENTIFIERS)]
        found |= {str(one) for one in ids if isinstance(one, str | int) and one != ""}
    return found


def _settled(intent: stacks.State, states: Sequence[stacks.State]) -> bool:
    """Whether a run has looked for doubles since this intent's look, whose mark is random."""
    return any(
        each["type"] == SETTLED.token and each["outputs"]["mark"] == intent["outputs"]["mark"]
        for each in states
    )


def _own(intent: stacks.State, states: Sequence[stacks.State]) -> str:
    """The id of the thing that an intent stands before; empty: the state does not have it."""
    name = stacks.called(intent).removesuffix("-intent")
    for each in states:
        if stacks.called(each) == name and each.get("parent") == intent.get("parent"):
            outputs = each.get("outputs") or {}
            return str(outputs.get("servicePrincipalSecretId") or each.get("id") or "")
    return ""


def remove(found: Leftover) -> None:
    """Removes one.

    Raises:
        RecoverError: Databricks refuses, or is out of reach.
    """
    try:
        found.things.remove(found.identifier)
    except (OSError, ValueError) as error:
        why = told("Databricks", trouble(error))
        raise RecoverError(f"{found.described} cannot be removed. {why}") from None


def taking_over(states: Sequence[stacks.State], wanted: str) -> list[str]:
    """The arguments of `pulumi` that take one object over, without the stack.

    Args:
        wanted: resource=NAME, as the error that stopped `up` says it.

    Raises:
        RecoverError: it is not of this form, not of a kind that can be, or the state lacks what it
            hangs on.
    """
    resource, _, name = wanted.partition("=")
    ending = ending_of(resource)
    if not ending or not name:
        kinds = ", ".join(f"…{each}" for each in TAKEN)
        raise RecoverError(
            f"--take-over {wanted}: it is RESOURCE=NAME, of one of these resources: {kinds}."
        )
    taken = TAKEN[ending]
    base = resource.removesuffix(ending)
    # What the engine has replaced, or is about to, is another object than the one to take over.
    if any(
        stacks.called(each) == resource
        and each["type"] == taken.type
        and not (each.get("delete") or each.get("pendingReplacement"))
        for each in states
    ):
        raise RecoverError(f"{resource} is in the state already: run `pulumi up`.")
    above = _urn(states, f"{base}{taken.parent}", "cube-access:")
    provider = taken.provider
    if taken.instead and _urn(states, base + taken.instead[1], taken.instead[2]):
        provider = taken.instead[0]
    provider = _urn(states, base + provider, "pulumi:providers:snowflake")
    if not above or not provider:
        raise RecoverError(
            f"the state has not got {resource}'s parent and provider yet: run `pulumi up` once, "
            "which stops at what exists, and then this again."
        )
    return [
        "import", taken.type, resource, name,
        "--parent", f"parent={above}",
        "--provider", f"provider={provider}",
        "--protect=false",
    ]  # fmt: skip


def take_over(folder: Path, stack: str, arguments: Sequence[str]) -> None:
    """Takes it over.

    Raises:
        StackError: `pulumi import` is refused.
    """
    more = ("--yes", "--skip-preview", "--generate-code=false", "--stack", stack)
    stacks.pulumi(folder, *arguments, *more)


def _urn(states: Sequence[stacks.State], name: str, kind: str) -> str:
    found = [
        each["urn"]
        for each in states
        if stacks.called(each) == name and str(each["type"]).startswith(kind)
    ]
    return str(found[0]) if found else ""


def recover(
    folder: Path, stack: str, wanted: Sequence[str], say: Callable[[str], object], *, yes: bool
) -> int:
    """Says what is left, or is to be taken over, and does what is sure, if `yes`. Gives how many
    things are left to do.

    Raises:
        ExplainedError: it cannot be done, or looked at.
    """
    states = resources(folder, stack)
    left = 0
    imports = [(each, taking_over(states, each)) for each in wanted]  # refused before any is done
    for each, arguments in imports:
        if yes:
            take_over(folder, stack, arguments)
            say(f"took over {each}; `pulumi up` brings it into line")
        else:
            left += 1
            say(f"would run: {shlex.join(['pulumi', *arguments, '--stack', stack])}")
    for found in [] if wanted else look(states):
        if found.sure and yes:
            remove(found)
            say(f"removed {found.described}")
            continue
        left += 1
        doubt = "" if found.sure else f"{DOUBTS[found.things.kind]}; if it is not, "
        say(f"{found.described}: {doubt}{found.command}")
    if not left and not wanted:
        say(f"nothing is left of stack {stack} in Databricks besides what its state has")
    elif left and not yes:
        say("nothing was changed; --yes does what is sure")
    return left
