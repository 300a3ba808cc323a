"""Meets what a run of ours that was cut off has left, and what has our name already.

A name is unique in a Snowflake account: what is there already stops CREATE. So before each object
is made a hook looks, in previews too. What tells ours from all else is its comment, which has a
random mark that only this stack's state has. What tells a leftover from an object that people use,
and that the state has lost, is the state, too: it remembers what it has had.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any

import pulumi

from cube_access.facts.identifiers import quoted
from cube_access.lookup import reason
from cube_access.offline import offline
from cube_access.provider.definition import TEXTS, Definition, Property, map_of
from cube_access.provider.lifecycle import Lifecycle, SignIn, Values
from cube_access.provider.resource import Resource
from cube_access.provider.sdk import stack_name
from cube_access.snowflake.lookup import like
from cube_access.snowflake.mark import MADE, MONITOR, Mark, places, show
from cube_access.snowflake.session import Row, Session, session
from cube_access.snowflake.taken import ending_of

if TYPE_CHECKING:
    from cube_access import stack
    from cube_access.settings import SnowflakeSettings

TOKEN = "cube-access:snowflake:makeWay"  # noqa: S105 - a function's name
TYPES = {
    "snowflake:index/accountRole:AccountRole": "ROLE",
    "snowflake:index/authenticationPolicy:AuthenticationPolicy": "AUTHENTICATION POLICY",
    "snowflake:index/databaseRole:DatabaseRole": "DATABASE ROLE",
    "snowflake:index/externalOauthIntegration:ExternalOauthIntegration": "SECURITY INTEGRATION",
    "snowflake:index/networkPolicy:NetworkPolicy": "NETWORK POLICY",
    "snowflake:index/oauthIntegrationForCustomClients:OauthIntegrationForCustomClients": (
        "SECURITY INTEGRATION"
    ),
    "snowflake:index/resourceMonitor:ResourceMonitor": "RESOURCE MONITOR",
    "snowflake:index/serviceUser:ServiceUser": "USER",
    "snowflake:index/warehouse:Warehouse": "WAREHOUSE",
}
"""What is looked for before it is made, by the plugin's types."""

CUBE_CLOUD = "-cube-cloud-integration"
"""The end of a resource's name whose kind can be used without being ours."""


@dataclass(frozen=True, kw_only=True)
class Thing:
    """One object of ours.

    Args:
        place: database, or database and schema, of what is in one.
    """

    kind: str
    name: str
    place: Sequence[str] = ()

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Thing:
        return cls(kind=values["kind"], name=values["name"], place=tuple(values["place"]))

    @property
    def words(self) -> str:
        return f"{self.kind.lower()} {'.'.join([*self.place, self.name])}"

    @property
    def parts(self) -> list[str]:
        """As `Settled` remembers it."""
        return [self.kind, *self.place, self.name]

    @property
    def sql(self) -> str:
        return f"{self.kind} {quoted(*self.place, self.name)}"

    def find(self, found: Session) -> Row | None:
        """As SHOW lists it; None: it is not there.

        Raises:
            SnowflakeError: it could not be looked for.
        """
        rows = found.rows(show(self.kind, like(self.name), self.place))
        return next((row for row in rows if row["name"] == self.name), None)


def make_way(arguments: Values, sign_in: SignIn, cancelled: Event) -> Values:
    """Whether an object can be made: `there` is none, ours, or others'.

    Args:
        arguments: account, role, kind, name, place, mark, and whether to remove what is ours.
    """
    thing = Thing.of(arguments)
    found = session(arguments["account"], arguments["role"], sign_in, cancelled)
    row = thing.find(found)
    if row is None:
        return {"there": "none"}
    comment, mark = str(row.get("comment") or ""), arguments["mark"]
    if not mark or MADE.format(mark) not in comment:
        since, owner = (str(row.get(key) or "") for key in ("created_on", "owner"))
        return {"there": "others", "comment": comment, "since": since, "owner": owner}
    if arguments["remove"]:
        found.rows(f"DROP {thing.sql}")
    return {"there": "ours"}


SETTLED = Definition(
    module="snowflake",
    name="Settled",
    description="Which objects the state has had. Lives in the state only.",
    inputs={
        "mark": Property(description="What they were made with."),
        "things": Property(
            description="Kind and each part of the name, by the resource.",
            type=map_of(TEXTS),
        ),
    },
)


class SettledLifecycle(Lifecycle):
    """Made once everything is in the state."""

    definition = SETTLED


class Settled(Resource):
    definition = SETTLED


@dataclass
class Once:
    """Stands around everything that one component makes in an account.

    Args:
        name: the component's.
        role: of a task, by its name in `place.py`.
        parent: the component.
    """

    name: str
    account: pulumi.Output[str]
    settings: SnowflakeSettings
    role: Callable[[str], pulumi.Output[str]]
    parent: pulumi.Resource
    things: dict[str, pulumi.Output[list[str]]] = field(default_factory=dict)
    made: list[pulumi.Resource] = field(default_factory=list)

    def __post_init__(self) -> None:
        options = pulumi.ResourceOptions(parent=self.parent)
        given = {
            "account": self.account,
            "base": self.settings.object_name,
            "places": places(self.settings, self.role),
        }
        self.mark = Mark(f"{self.name}-mark", given, options).output("mark")

    def around(
        self, args: pulumi.ResourceTransformationArgs
    ) -> pulumi.ResourceTransformationResult:
        """A transformation: what is made, of one of TYPES, gets the mark and the look."""
        given = args.opts
        role = _role(given.provider or (given.parent and given.parent.get_provider(args.type_)))
        props = dict(args.props)
        kind = TYPES[args.type_]
        place = [props[key] for key in ("database", "schema") if props.get(key) is not None]
        named: pulumi.Output[list[str]] = pulumi.Output.all(kind, *place, props["name"])
        self.things[args.name] = named
        self.made.append(args.resource)
        if kind != MONITOR:
            props["comment"] = pulumi.Output.concat(
                props["comment"], self.mark.apply(lambda mark: MADE.format(mark))
            )
        look = _Look(args.name, kind, self, role, place)
        more = pulumi.ResourceOptions(
            hooks=pulumi.ResourceHookBinding(
                before_create=[
                    pulumi.ResourceHook(
                        f"{args.name}-way",
                        look.before,
                        pulumi.ResourceHookOptions(on_dry_run=True),
                    )
                ],
                on_error=[pulumi.ErrorHook(f"{args.name}-again", look.again)],
            ),
        )
        return pulumi.ResourceTransformationResult(props, pulumi.ResourceOptions.merge(given, more))

    def settle(self) -> None:
        """Once all is registered."""
        Settled(
            f"{self.name}-settled",
            {"mark": self.mark, "things": self.things},
            pulumi.ResourceOptions(parent=self.parent, depends_on=self.made),
        )


@dataclass(frozen=True)
class _Look:
    """Before one object is made, and when that fails."""

    resource: str
    kind: str
    once: Once
    role: pulumi.Output[str]
    place: Sequence[pulumi.Input[str]]

    async def before(self, args: pulumi.ResourceHookArgs) -> None:
        """Stops at what is others', and removes what is ours; a preview says so."""
        dry = pulumi.runtime.is_dry_run()
        thing = await self._thing(args)
        answer = await self._ask(thing, remove=False)
        there = answer.get("there")
        lost = thing and there == "ours" and await asyncio.to_thread(self._remembered, thing)
        if thing and (there == "others" or lost):
            raise pulumi.RunError(_exists(self.resource, thing, answer, lost=bool(lost)))
        if thing and there == "ours":
            if not dry and (await self._ask(thing, remove=True)).get("there") != "ours":
                return  # not removed, and said so
            does = "`up` removes it and makes it anew" if dry else "removed, and made anew"
            pulumi.log.warn(
                f"the {thing.words} is of an `up` of this stack that was cut off: {does}.",
                self.once.parent,
            )

    async def again(self, args: pulumi.ErrorHookArgs) -> bool:
        """Whether to create it once more: the effect was there, and is undone."""
        if args.failed_operation != "create" or len(args.errors) > 1:
            return False
        thing = await self._thing(args)
        answer = await self._ask(thing, remove=False)
        if thing is None or answer.get("there") != "ours":
            return False
        if await asyncio.to_thread(self._remembered, thing):
            return False
        if (await self._ask(thing, remove=True)).get("there") != "ours":
            return False
        pulumi.log.warn(
            f"making the {thing.words} failed half-way: it was removed, and is made once more.",
            self.once.parent,
        )
        return True

    async def _thing(self, args: Any) -> Thing | None:
        """What is to be made; None where its name or place is not known yet."""
        name = (args.new_inputs or {}).get("name")
        place = [pulumi.Output.from_input(each) for each in self.place]
        if not isinstance(name, str) or not all([await each.is_known() for each in place]):
            return None
        return Thing(kind=self.kind, name=name, place=[await each.future() or "" for each in place])

    async def _ask(self, thing: Thing | None, *, remove: bool) -> Mapping[str, Any]:
        """What `make_way` answers; nothing where it cannot be asked yet."""
        once = self.once
        known = [await each.is_known() for each in (once.account, self.role)]
        if offline() or thing is None or not all(known):
            return {}
        mark = await once.mark.future() if await once.mark.is_known() else ""
        arguments = {
            "account": await once.account.future(),
            "role": await self.role.future() or "",
            "kind": thing.kind,
            "name": thing.name,
            "place": list(thing.place),
            "mark": mark or "",
            "remove": remove,
        }
        options = pulumi.InvokeOptions(parent=once.parent)
        try:
            return dict(await pulumi.runtime.invoke_async(TOKEN, arguments, options) or {})
        except Exception as error:
            # Then CREATE itself finds out.
            said = f"whether {thing.words} exists already was not seen: "
            pulumi.log.warn(said + reason(error), once.parent)
            return {}

    def _remembered(self, thing: Thing) -> bool:
        """Whether the state has had this very object. Where it cannot be read, too: then nothing
        goes.
        """
        # Imported here, as below: reading a state needs the settings, which the plugin's other
        # calls do without.
        from cube_access import stack

        try:
            states = stack.states(Path(), stack_name())
        except stack.StackError as error:
            pulumi.log.warn(f"the stack's state cannot be read: {error}")
            return True
        return has_had(states, self.resource, thing)


def has_had(states: Sequence[stack.State], resource: str, thing: Thing) -> bool:
    """Whether a state has had an object, which people may use then.

    Under another name it was another one. One that the engine has deleted in order to make it
    anew is gone: what is there was made since.
    """
    from cube_access import stack

    if any(stack.called(each) == resource and each.get("pendingReplacement") for each in states):
        return False
    had = [
        each["outputs"]["things"].get(resource)
        for each in states
        if each["type"] == SETTLED.token and "things" in (each.get("outputs") or {})
    ]
    return thing.parts in had


def _exists(resource: str, thing: Thing, answer: Mapping[str, Any], *, lost: bool) -> str:
    """Why it is not made, and the ways out."""
    if lost:
        whose = "is this stack's, but its state has it no longer"
    else:
        since = f"owner {answer['owner']}, since {answer['since']}"
        if thing.kind == MONITOR:
            whose = (
                f"has no comment that would tell whose it is ({since}): an `up` of this stack that "
                "was cut off may have made it"
            )
        else:
            whose = f"is not this stack's ({since}, comment {answer['comment']!r})"
    ways = "Choose another name (cube-access:name), or "
    if ending_of(resource):
        # A name in a place is told by all its parts, as the plugin imports it.
        full = quoted(*thing.place, thing.name) if thing.place else thing.name
        command = f"cube-access recover --stack {pulumi.get_stack()} --take-over "
        ways += f"take it over: `{command}{shlex.quote(f'{resource}={full}')}`."
    elif resource.endswith(CUBE_CLOUD):
        # The plugin cannot turn a list of blocked roles into one of allowed ones.
        ways += (
            f"use it as it is: name {thing.name} as `integration` in cube-access:cubeCloudIdentity "
            "and cube-access:cubeCloudSignIn, wherever one is set."
        )
    else:
        ways += f"import it as {resource}, by `pulumi import`, or drop it."
    return f"the {thing.words} already exists and {whose}. It stays as it is. {ways}"


def _role(provider: Any) -> pulumi.Output[str]:
    """A provider's; empty: the deployer's own."""
    role: pulumi.Output[str] = pulumi.Output.from_input(provider.role)
    return role.apply(lambda text: text or "")
