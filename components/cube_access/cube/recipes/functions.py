"""The functions that Cube calls: the last part of cube.py."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from cube_access.cube.recipes.settings import DATA_SOURCE, DRIVER, OTHER_DATA_SOURCES, SOURCE
from cube_access.cube.recipes.shared import (
    ASKED,
    JOBS,
    NO_ACCESS,
    UNKNOWN_DATA_SOURCE,
    data_source,
    is_scheduled,
    mapping,
    name_digest,
    token_digest,
    who,
)
from cube_access.cube.recipes.snowflake import as_person, as_service

if TYPE_CHECKING:
    Function = TypeVar("Function", bound=Callable[..., Any])

    def config(name: str) -> Callable[[Function], Function]: ...

else:
    from cube import config


@config("extend_context")
def extend_context(req: Any) -> dict[str, Any]:
    """What each request from outside is judged by: one reading of the clock, for all functions."""
    address = mapping(req).get("url")
    jobs = isinstance(address, str) and JOBS in address.lower()
    return {ASKED: {"at": time.time(), "jobs": jobs}}


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

    Raises:
        PermissionError: who asks is denied. The driver would come too late: what is
            pre-aggregated is served without it. Not for the scheduler, whose process it would end.
    """
    mode, user, token = who(ctx)
    source = data_source(ctx)
    if (mode == "denied" or source == UNKNOWN_DATA_SOURCE) and not is_scheduled(ctx):
        raise PermissionError(reason(user, source))
    suffix = "" if source == "default" else f"_{source}"
    if not user:
        return f"CUBE_APP_{'default' if mode == 'service' else 'denied'}{suffix}"
    # Hashed, so that any name gives a short id that no other name gives.
    fingerprint = token_digest(token) if token else "none"
    return f"CUBE_APP_{name_digest(user)}_{mode}_{fingerprint}{suffix}"


def reason(user: str, source: str) -> str:
    """Why a request is denied, and what helps."""
    if source == UNKNOWN_DATA_SOURCE:
        return "this data source is not among those that cube.py was written for"
    if user:
        return f"you have no usable token for {SOURCE}: authorize in Cube, then ask again"
    return "the request names nobody: sign in to Cube, which adds your name and your token to it"


@config("orchestrator_options")
def orchestrator_options(ctx: dict[str, Any]) -> dict[str, Any]:
    """Who builds pre-aggregations: only what Cube asks by itself, as the service account.

    Whoever else comes first would fill the table that everybody reads, with the rows that they may
    see. Cube asks once for an id.
    """
    mode, user, _ = who(ctx)
    if mode == "service" and not user:
        return {}  # as the node is set up
    return {"preAggregationsOptions": {"externalRefresh": True}}
