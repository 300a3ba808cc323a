"""Names of a package that are imported at their first use: a deployment installs and loads the SDK
of its own warehouse only.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from cube_access.facts.installing import NO_INDEX, command


def find(name: str, places: Mapping[str, str], package: str) -> Any:
    """What `__getattr__` of a package gives (PEP 562).

    Args:
        places: the module of each name.

    Raises:
        AttributeError: the package has no such name.
        ImportError: the warehouse's extra is not installed.
    """
    if name not in places:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    try:
        return getattr(import_module(places[name]), name)
    except ModuleNotFoundError as error:
        missing = str(error.name)
        if not missing.startswith("pulumi_"):
            raise
        extra = missing.removeprefix("pulumi_")
        raise ImportError(
            f"{name} needs {missing}: {command(extra)}, {NO_INDEX}", name=missing
        ) from error
