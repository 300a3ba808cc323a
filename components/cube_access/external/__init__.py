"""A warehouse in which nothing is made: what is there already, handed to Cube."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cube_access.lazy import find

if TYPE_CHECKING:
    from cube_access.external.access import ExternalAccess
    from cube_access.external.args import ExternalAccessArgs

__all__ = ["ExternalAccess", "ExternalAccessArgs"]

_PLACES = {
    "ExternalAccess": "cube_access.external.access",
    "ExternalAccessArgs": "cube_access.external.args",
}


def __getattr__(name: str) -> Any:
    return find(name, _PLACES, __name__)
