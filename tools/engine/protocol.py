"""The messages of the engine's protocol, without the SDK that they lie in.

The engine starts the language host twice for each command, and all that the host needs of `pulumi`
is these: the rest of its import takes longer than the host's whole start. A process that imports
this module has no SDK.
"""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType


def _without_code(name: str, folder: str) -> None:
    package = ModuleType(name)
    package.__path__ = [folder]
    sys.modules[name] = package


_found = importlib.util.find_spec("pulumi")
_folder = next(iter(_found.submodule_search_locations or ())) if _found else ""
_without_code("pulumi", _folder)
_without_code("pulumi.runtime", f"{_folder}/runtime")

from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2  # noqa: E402

__all__ = ["language_pb2", "language_pb2_grpc", "plugin_pb2"]
