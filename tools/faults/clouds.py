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

    The objects that a sandbox's apps hold on to stay the same ones: what is in them goes back.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        parts = _parts(sandbox)
        contents = {name: vars(part) for name, part in parts.items()}
        # What is shared is found before the parts' contents change.
        self._shared = dict(_shared(contents))
        kept = [*parts.values(), *self._shared.values()]
        self._saved = copy.deepcopy(contents, {id(each): each for each in kept})
        self._secrets = copy.deepcopy(_secrets())

    def put_back(self, sandbox: Sandbox | None = None) -> None:
        """While nobody asks them anything.

        Args:
            sandbox: another one, whose clouds become these. Its rows stay those that it began with.
        """
        into = sandbox or self._sandbox
        parts = _parts(into)
        own = dict(_shared({name: vars(part) for name, part in parts.items()}))
        memo = {id(old): parts[name] for name, old in _parts(self._sandbox).items()}
        for path, old in self._shared.items():
            # Numbers are counted on: what is there has the first ones.
            ours = old if isinstance(old, itertools.count) else own.get(path, old)
            memo[id(old)] = ours
        fresh = copy.deepcopy(self._saved, memo)
        for name, part in parts.items():
            vars(part).clear()
            vars(part).update(fresh[name])
        into.aws.app()  # its first start empties moto
        _secrets().clear()
        _secrets().update(copy.deepcopy(self._secrets))
        into.faults.clear()
        into.journal.clear()


def _parts(sandbox: Sandbox) -> dict[str, Any]:
    accounts = {"databricks": sandbox.databricks, "snowflake": sandbox.snowflake}
    inner = {
        f"{name}.{key}": part
        for name, account in accounts.items()
        for key, part in vars(account).items()
        if hasattr(part, "__dict__")
    }
    return accounts | inner


def _shared(values: dict[str, Any], depth: int = 3, path: str = "") -> Iterator[tuple[str, Any]]:
    """What is shared, in the parts and in what they are made of, by where it is."""
    for key, each in values.items():
        here = f"{path}/{key}"
        if isinstance(each, SHARED):
            yield here, each
        elif depth and isinstance(each, dict):
            yield from _shared(each, depth, here)
        elif depth and type(each).__module__.startswith("sandbox.") and hasattr(each, "__dict__"):
            yield from _shared(vars(each), depth - 1, here)


def _secrets() -> dict[str, Any]:
    """AWS's, in the region of the examples."""
    from moto.secretsmanager.models import secretsmanager_backends

    backend = secretsmanager_backends["123456789012"]["eu-central-1"]
    secrets: dict[str, Any] = backend.secrets
    return secrets
