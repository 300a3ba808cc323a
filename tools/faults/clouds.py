"""The sandbox's clouds as they were at one moment, to go back to.

Each case begins where a thousand others do; to make that anew would take most of its time.
"""

from __future__ import annotations

import copy
import itertools
import threading
from collections.abc import Iterator
from typing import Any

import duckdb

from sandbox import Sandbox

# What cannot be copied, or need not be: a case changes no rows.
SHARED = (type(threading.RLock()), itertools.count, duckdb.DuckDBPyConnection)


class Clouds:
    """A copy of everything that the emulated accounts know.

    The objects that the sandbox's apps hold on to stay the same ones: what is in them goes back.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._saved = self._copied({id(part): vars(part) for part in self._parts()})
        self._secrets = copy.deepcopy(_secrets())

    def put_back(self) -> None:
        """While nobody asks them anything."""
        fresh = self._copied(self._saved)
        for part in self._parts():
            vars(part).clear()
            vars(part).update(fresh[id(part)])
        _secrets().clear()
        _secrets().update(copy.deepcopy(self._secrets))
        self._sandbox.faults.clear()
        self._sandbox.journal.clear()

    def _parts(self) -> list[Any]:
        accounts = (self._sandbox.databricks, self._sandbox.snowflake)
        inner = [part for account in accounts for part in vars(account).values()]
        return [*accounts, *(part for part in inner if hasattr(part, "__dict__"))]

    def _copied(self, contents: dict[int, dict[str, Any]]) -> dict[int, dict[str, Any]]:
        kept = [*self._parts(), *_shared(contents.values())]
        return copy.deepcopy(contents, {id(each): each for each in kept})


def _shared(values: Any, depth: int = 3) -> Iterator[Any]:
    """What is shared, in the parts and in what they are made of."""
    for each in values:
        if isinstance(each, SHARED):
            yield each
        elif depth and isinstance(each, dict):
            yield from _shared(each.values(), depth)
        elif depth and type(each).__module__.startswith("sandbox.") and hasattr(each, "__dict__"):
            yield from _shared(vars(each).values(), depth - 1)


def _secrets() -> dict[str, Any]:
    """AWS's, in the region of the examples."""
    from moto.secretsmanager.models import secretsmanager_backends

    backend = secretsmanager_backends["123456789012"]["eu-central-1"]
    secrets: dict[str, Any] = backend.secrets
    return secrets
