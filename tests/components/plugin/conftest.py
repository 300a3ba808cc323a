"""The plugin's servicer on a real gRPC channel, with a resource made for the tests."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2_grpc

from cube_access.plugin.servicer import Servicer
from cube_access.provider.definition import Definition, Property
from cube_access.provider.lifecycle import (
    Diff,
    HalfDoneError,
    Lifecycle,
    ProviderError,
    SignIn,
    Values,
)

PLANTED = "planted-secret-value"
TOKEN = "cube-access:index:Thing"


class Thing(Lifecycle):
    """Does what its input `mode` says."""

    definition = Definition(
        module="index",
        name="Thing",
        description="For tests.",
        inputs={
            "mode": Property(description="What to do."),
            "place": Property(description="Replaces.", replaces=True, optional=True),
            "password": Property(description="Secret.", secret=True, optional=True),
        },
        outputs={
            "token": Property(description="Made with it.", secret=True),
            "number": Property(description="Stays."),
        },
        kept=frozenset({"number"}),
    )
    entered = threading.Event()
    release = threading.Event()

    def create(self, inputs: Values) -> tuple[str, Values]:
        password = inputs.get("password", "")
        match inputs["mode"]:
            case "explained":
                raise ProviderError(f"cannot be, because of {password}")
            case "half":
                outputs = {**inputs, "token": "half", "number": "1"}
                raise HalfDoneError(f"stopped at {password}", identifier="t-1", outputs=outputs)
            case "bug":
                raise KeyError(f"a bug with {password}")
            case "wait":
                self.entered.set()
                assert self.release.wait(20)
        return "t-1", {**inputs, "token": "made", "number": "1"}

    def diff(self, identifier: str, olds: Values, news: Values) -> Diff:
        if news["mode"] != "parts":
            return super().diff(identifier, olds, news)
        return Diff(changed=["mode"], detailed={'mode["a.\\"b"]': "ADD", "mode[1]": "DELETE"})

    def read(self, identifier: str, outputs: Values) -> Values | None:
        return None if outputs["mode"] == "gone" else {**outputs, "number": "2"}


ASK = "cube-access:index:ask"


def ask(arguments: Values, sign_in: SignIn, cancelled: threading.Event) -> Values:
    """Does what its argument `mode` says."""
    match arguments["mode"]:
        case "explained":
            raise ProviderError(f"cannot be asked, because of {arguments['password']}")
        case "bug":
            raise KeyError(f"a bug with {arguments['password']}")
    return {"user": sign_in.snowflake_user, "names": arguments["names"]}


def component(*_: Any) -> Any:
    raise ProviderError("no such component")


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    started: Any = threading.Event()
    found: dict[str, Any] = {}

    async def serve() -> None:
        server = grpc.aio.server()
        servicer = Servicer({TOKEN: Thing}, component, "127.0.0.1:1", {ASK: ask})
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
        found["port"] = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        found["loop"], found["end"] = asyncio.get_running_loop(), asyncio.Event()
        found["servicer"] = servicer
        started.set()
        await found["end"].wait()
        await server.stop(None)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert started.wait(20)
    yield f"127.0.0.1:{found['port']}"
    found["loop"].call_soon_threadsafe(found["end"].set)
    thread.join()


@pytest.fixture
def plugin(address: str) -> Iterator[Any]:
    with grpc.insecure_channel(address) as channel:
        yield provider_pb2_grpc.ResourceProviderStub(channel)


@pytest.fixture
def fails() -> Callable[[Callable[[], Any]], grpc.RpcError]:
    def check(call: Callable[[], Any]) -> grpc.RpcError:
        with pytest.raises(grpc.RpcError) as caught:
            call()
        return caught.value

    return check
