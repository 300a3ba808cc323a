"""The two functions that Cube calls: the last part of cube.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from cube_access.cube.recipes.settings import DATA_SOURCE, DRIVER, OTHER_DATA_SOURCES
from cube_access.cube.recipes.shared import NO_ACCESS, data_source, digest, who
from cube_access.cube.recipes.snowflake import as_person, as_service

if TYPE_CHECKING:
    Function = TypeVar("Function", bound=Callable[..., Any])

    def config(name: str) -> Callable[[Function], Function]: ...

else:
    from cube import config


@config("driver_factory")
def driver_factory(ctx: dict[str, Any]) -> dict[str, Any]:
    """How Cube connects for a request. Never raises: Cube also calls it to learn the database's
    type.
    """
    source = data_source(ctx)
    if source in OTHER_DATA_SOURCES:
        # Shared by everybody: Cube takes all the rest from the data source's own variables.
        return {"type": OTHER_DATA_SOURCES[source]}
    mode, user, token = who(ctx)
    if source != DATA_SOURCE:
        mode, token = "denied", ""
    options = as_service() if mode == "service" else as_person(user, token or NO_ACCESS)
    return {"type": DRIVER, **options}


@config("context_to_orchestrator_id")
def context_to_orchestrator_id(ctx: dict[str, Any]) -> str:
    """Which connections and result cache a request may share.

    Cube keeps the driver that it built first for an id and a data source. So everything that
    driver_factory looks at is in the id: who, in which mode, with which token, as a fingerprint,
    because ids appear in logs, and for which data source, should Cube name one here.
    """
    mode, user, token = who(ctx)
    source = data_source(ctx)
    suffix = "" if source == "default" else f"_{source}"
    if not user:
        return f"CUBE_APP_{'default' if mode == 'service' else 'denied'}{suffix}"
    # Hashed, so that any name gives a short id that no other name gives.
    fingerprint = digest(token) if token else "none"
    return f"CUBE_APP_{digest(user)}_{mode}_{fingerprint}{suffix}"
