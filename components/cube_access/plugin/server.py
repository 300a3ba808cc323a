"""The plugin's process: `pulumi-resource-cube-access ENGINE`, and what `__main__.py` of the folder
runs.

The engine starts one for each provider in use, reads the port from standard output, and ends it by
SIGINT. Where the engine is killed, the plugin sees that its parent is gone and ends by itself.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys

import grpc.aio
from pulumi.runtime.proto import provider_pb2_grpc

from cube_access.provider.sdk import CHANNEL_OPTIONS

PARENT_SECONDS = 1.0


def main() -> None:
    """Serves until the engine ends it."""
    parser = argparse.ArgumentParser(
        prog="pulumi-resource-cube-access",
        description="The resource plugin of cube-access; the Pulumi engine starts it.",
    )
    parser.add_argument("engine", help="the engine's address")
    # The engine adds flags of its own for logs and traces.
    chosen, _ = parser.parse_known_args()
    asyncio.run(_serve(chosen.engine))
    # Not sys.exit: it would wait for the threads of calls that a cloud has not answered yet.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


async def _serve(engine: str) -> None:
    # Imported here: `--help` needs none of it.
    from cube_access.plugin.registry import FUNCTIONS, KINDS, construct
    from cube_access.plugin.servicer import Servicer
    from cube_access.snowflake.session import preload

    server = grpc.aio.server(options=CHANNEL_OPTIONS)
    servicer = Servicer(KINDS, construct, engine, FUNCTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    print(port, flush=True)
    preload()
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    # Said anew: a process that was started in the background has inherited that SIGINT is ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    parent = os.getppid()
    while not ended.is_set() and os.getppid() == parent:
        try:
            await asyncio.wait_for(ended.wait(), PARENT_SECONDS)
        except TimeoutError:
            continue
    await server.stop(grace=None)
