"""Components under the SDK's mock engine: what they ask the engine for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pulumi
from google.protobuf import json_format
from pulumi.runtime import mocks

from cube_access.component.access import Access
from cube_access.snowflake.lookup import TOKEN as LOOK_UP

OF_A_PROVIDER: dict[str, dict[str, Any]] = {
    "databricks:index/servicePrincipal:ServicePrincipal": {"applicationId": "app-id"},
    "databricks:index/customAppIntegration:CustomAppIntegration": {
        "clientId": "client",
        "clientSecret": "hidden",
    },
    "databricks:index/servicePrincipalSecret:ServicePrincipalSecret": {
        "createTime": "2026-01-01T00:00:00Z",
        "expireTime": "2126-01-01T00:00:00Z",
        "servicePrincipalSecretId": "secret-id",
    },
    "cube-access:databricks:Intent": {"mark": "cube-access:0123456789abcdef", "before": []},
    "cube-access:databricks:PriorEntries": {"without": []},
    "cube-access:databricks:Settled": {"removed": []},
    "cube-access:databricks:TokenExpiry": {
        "createTime": "2026-01-01T00:00:00Z",
        "expireTime": "2126-01-01T00:00:00Z",
    },
    "databricks:index/oboToken:OboToken": {"tokenValue": "hidden"},
    "cube-access:aws:Secret": {"arn": "arn:aws:secretsmanager:x:1:secret:y"},
    "cube-access:snowflake:Mark": {"mark": "0123456789abcdef"},
    "cube-access:snowflake:KeyPair": {
        "privateKey": "hidden",
        "publicKey": "public",
        "publicPem": "public",
    },
    "cube-access:snowflake:ClientSecret": {"clientId": "c", "clientSecret": "hidden"},
}
"""What a resource gives besides its inputs, by its type."""
NOTHING_WRONG: dict[str, Any] = {
    "missing": [],
    "imported": [],
    "notImported": [],
    "applications": [],
    "objectTypes": [],
    "parameters": {},
    "knowsAllowedRoles": True,
    "allowedRoles": [],
    "trusting": "",
    "administrators": [],
    "above": [],
    "below": [],
}
"""What a Snowflake account answers that has all that is named."""


@dataclass
class Engine(mocks.Mocks):
    """Remembers what it was asked for."""

    registrations: list[Any] = field(default_factory=list)
    looked_up: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Of look-ups, by function."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        own = OF_A_PROVIDER.get(args.typ, {})
        secret = {"secret": f"of {args.name}"} if args.typ.endswith("PrincipalSecret") else {}
        return f"{args.name}-id", {**args.inputs, **own, **secret}

    def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:  # type: ignore[override]
        self.looked_up.append((args.token, dict(args.args)))
        if args.token == LOOK_UP and "lookUp" not in self.answers:
            types = [[name, "TABLE"] for name in args.args["objects"]]
            return {**NOTHING_WRONG, "objectTypes": types}
        return self.answers.get(args.token.rpartition(":")[2], {})

    @property
    def urns(self) -> list[str]:
        """Of all but the stack, from the type on, sorted."""
        monitor = mocks.MockMonitor(self)
        # The mock engine's own have the type of the parent only; the real ones have all above.
        own = {monitor.make_urn(e.parent, e.type, e.name): e for e in self.registrations}

        def types(registration: Any) -> str:
            above = own.get(registration.parent)
            return f"{types(above)}${registration.type}" if above else registration.type

        return sorted(f"{types(each)}::{each.name}" for each in self.registrations)

    @property
    def inputs(self) -> dict[str, dict[str, Any]]:
        """By type and name, as they are sent: secrets are marked, and what is not known, too."""
        return {
            f"{each.type}::{each.name}": json_format.MessageToDict(each.object)
            for each in self.registrations
        }

    @property
    def sent(self) -> str:
        """All that was sent, as one text."""
        return json.dumps([json_format.MessageToDict(each) for each in self.registrations])


@contextmanager
def running(*, preview: bool = False, **answers: dict[str, Any]) -> Iterator[Engine]:
    """A mock engine.

    Args:
        answers: what look-ups give, by function.
    """
    engine = Engine(answers=answers)
    loop = asyncio.new_event_loop()
    # An error ends the program at once; what was waiting for the rest has nothing more to say.
    loop.set_exception_handler(lambda *_: None)
    asyncio.set_event_loop(loop)
    monitor = mocks.MockMonitor(engine)
    register: Callable[[Any], Any] = monitor.RegisterResource

    def remembered(request: Any) -> Any:
        if request.type != "pulumi:pulumi:Stack":
            engine.registrations.append(request)
        return register(request)

    monitor.RegisterResource = remembered  # type: ignore[method-assign]
    mocks.set_mocks(  # type: ignore[no-untyped-call]
        engine, project="project", stack="dev", preview=preview, monitor=monitor
    )
    yield engine
    if not engine.registrations:
        run(lambda: None)  # the stack itself is registered by now, in this loop
    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()

    async def drained() -> None:
        await asyncio.gather(*pending, return_exceptions=True)
        await loop.shutdown_default_executor()

    loop.run_until_complete(drained())
    loop.close()


def run(make: Callable[[], Any]) -> Any:
    """What `make` gives, once everything that it asked for has been answered."""
    got: list[Any] = []

    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    def all_of_it() -> pulumi.Output[Any]:
        return pulumi.Output.from_input(make()).apply(got.append)

    all_of_it()
    return got[0] if got else None


def built(
    make: Callable[[], Access[Any]], *, preview: bool = False, **answers: dict[str, Any]
) -> Engine:
    """What a component asks for."""
    with running(preview=preview, **answers) as engine:

        def done() -> pulumi.Output[Any]:
            access = make()
            return pulumi.Output.all(access.urn, access.secret_arn)

        run(done)
    return engine
