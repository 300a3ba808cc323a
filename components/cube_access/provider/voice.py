"""What a resource says while it is at work: a line that goes away, and warnings that stay.

Speaks to the engine, which shows both at the resource. An engine that does not listen is no reason
to fail.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Collection
from typing import Any

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

from cube_access.provider.values import without_secrets

SECONDS = 3.0
"""Between two lines about how far something is."""
ANSWER_SECONDS = 2.0


class Voice:
    """Of one resource. May be used from several threads.

    Args:
        engine: its address; empty: nobody listens.
        hidden: texts that are cut out of what is said.
    """

    def __init__(self, engine: str = "", urn: str = "", hidden: Collection[str] = ()) -> None:
        self._engine, self._urn, self._hidden = engine, urn, hidden
        self._lock = threading.Lock()
        self._last = time.monotonic()

    def progress(self, text: str) -> None:
        """How far it is; said every few seconds, however often it is called."""
        with self._lock:
            now = time.monotonic()
            if now - self._last < SECONDS:
                return
            self._last = now
        self._log(engine_pb2.INFO, text, ephemeral=True)

    def warn(self, text: str) -> None:
        """Stays to be read."""
        self._log(engine_pb2.WARNING, text, ephemeral=False)

    def _log(self, severity: Any, text: str, *, ephemeral: bool) -> None:
        if not self._engine:
            return
        request = engine_pb2.LogRequest(
            severity=severity,
            message=without_secrets(text, self._hidden),
            urn=self._urn,
            ephemeral=ephemeral,
        )
        with contextlib.suppress(grpc.RpcError), grpc.insecure_channel(self._engine) as channel:
            engine_pb2_grpc.EngineStub(channel).Log(request, timeout=ANSWER_SECONDS)
