"""Privileges that are secret: a planted name is in no answer, no text and no path of the plugin."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2_grpc
from pulumi.runtime.proto import provider_pb2 as messages

from cube_access.plugin.servicer import Servicer
from cube_access.provider.lifecycle import Values
from cube_access.provider.values import STATES, secret_keys, to_wire
from cube_access.snowflake.privileges import GRANTED, NOT_DECLARED
from cube_access.snowflake.role_privileges import RolePrivilegesLifecycle
from tests.components.snowflake.role_world import SALES, World, inputs

TOKEN = RolePrivilegesLifecycle.definition.token
URN = f"urn:pulumi:dev::p::{TOKEN}::cube"
PLANTED = "HIDDEN_WH"
HIDDEN = f'USAGE ON WAREHOUSE "{PLANTED}"'
OPERATE = f'OPERATE ON WAREHOUSE "{PLANTED}"'


class Refused(Exception):
    pass


class Context:
    """Of a call: raises what it is ended with."""

    async def abort(self, code: Any, text: str) -> None:
        raise Refused(text)

    async def abort_with_status(self, status: Any) -> None:
        raise Refused(status.details, *(value for _, value in status.trailing_metadata))


class Engine(engine_pb2_grpc.EngineServicer):
    def __init__(self) -> None:
        self.said: list[str] = []

    def Log(self, request: Any, context: Any) -> Any:
        self.said.append(request.message)
        return empty_pb2.Empty()


@pytest.fixture
def engine() -> Iterator[tuple[Engine, str]]:
    made = Engine()
    server = grpc.server(ThreadPoolExecutor(2))
    engine_pb2_grpc.add_EngineServicer_to_server(made, server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    yield made, address
    server.stop(None).wait()


def call(method: str, request: Any, address: str = "") -> Any:
    async def run() -> Any:
        servicer = Servicer({TOKEN: RolePrivilegesLifecycle}, lambda *_: None, address)
        return await getattr(servicer, method)(request, Context())

    return asyncio.run(run())


def wire(values: Values) -> Any:
    return to_wire(values, {"privileges"})


@pytest.fixture
def hidden(world: World) -> World:
    world.account.by_hand(f"CREATE WAREHOUSE {PLANTED}", role="SYSADMIN")
    return world


def test_the_states_of_privileges_are_no_secrets() -> None:
    assert {GRANTED, NOT_DECLARED} == STATES


def test_no_error_says_one(hidden: World, engine: tuple[Engine, str]) -> None:
    hidden.account.refusals["GRANT USAGE ON WAREHOUSE"] = (3001, "42501")
    request = messages.CreateRequest(urn=URN, properties=wire(inputs(*SALES, HIDDEN)))
    with pytest.raises(Refused) as raised:
        call("Create", request, engine[1])
    said = raised.value.args[0]
    assert 'GRANT USAGE ON WAREHOUSE "[secret]"' in said
    assert PLANTED not in said


def test_no_warning_says_one_and_what_was_found_is_secret(
    hidden: World, engine: tuple[Engine, str]
) -> None:
    news = inputs(*SALES, HIDDEN, extra="report")
    hidden.up(news)
    hidden.account.by_hand(f"GRANT OPERATE ON WAREHOUSE {PLANTED} TO ROLE CUBE_DEV")
    request = messages.ReadRequest(
        urn=URN, id="id", properties=wire(hidden.outputs), inputs=wire(news)
    )
    read = call("Read", request, engine[1])
    assert secret_keys(read.properties) == {"privileges", "extra", "notSeen"}
    assert PLANTED in str(read.properties.fields["extra"])
    assert any('OPERATE ON WAREHOUSE "[secret]"' in each for each in engine[0].said)
    assert PLANTED not in "".join(engine[0].said)


def test_what_is_made_of_one_is_secret(hidden: World) -> None:
    request = messages.CreateRequest(urn=URN, properties=wire(inputs(*SALES, HIDDEN)))
    assert secret_keys(call("Create", request).properties) == {"privileges", "extra", "notSeen"}
    plain = messages.CreateRequest(urn=URN, properties=to_wire(inputs(*SALES)))
    assert secret_keys(call("Create", plain).properties) == set()


@pytest.mark.parametrize("secret_before", [True, False])
def test_no_difference_names_one(secret_before: bool) -> None:
    olds = {**inputs(*SALES), "extra": [], "notSeen": []}
    news = wire(inputs(*SALES, HIDDEN))
    request = messages.DiffRequest(
        urn=URN, id="id", olds=wire(olds) if secret_before else to_wire(olds), news=news
    )
    found = call("Diff", request)
    assert list(found.detailedDiff) == ["privileges"]
    assert list(found.diffs) == ["privileges"]
    assert PLANTED not in str(found)


def test_no_failed_check_says_one() -> None:
    found = call("Check", messages.CheckRequest(urn=URN, news=wire(inputs(OPERATE))))
    (failure,) = found.failures
    assert 'OPERATE ON WAREHOUSE "[secret]": it is more than reading takes' in failure.reason
    assert PLANTED not in str(found.failures)
