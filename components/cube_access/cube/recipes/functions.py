"""The functions that Cube calls: the last part of cube.py."""

from __future__ import annotations

import os
import time
from hashlib import sha256
from typing import Any

from cube import config

from cube_access.cube.recipes.settings import (
    DRIVER,
    OTHER_DATA_SOURCES,
    SEVERAL,
    SOURCE,
    VOUCHED,
)
from cube_access.cube.recipes.shared import (
    ASKED,
    LISTED,
    NO_ACCESS,
    is_scheduled,
    mapping,
    who,
)
from cube_access.cube.recipes.snowflake import SERVICE, as_person

# What the instances of a deployment share, and nobody else knows.
ID_KEY = sha256(os.fsencode(os.environ.get("CUBEJS_API_SECRET", ""))).digest()


def digest(text: str) -> str:
    """Short, for any text. With a key, because names can be guessed."""
    return sha256(ID_KEY + text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


@config("extend_context")
def extend_context(req: Any) -> dict[str, Any]:
    """What each request from outside is judged by: one reading of the clock, for all functions."""
    address = mapping(req).get("url")
    jobs = isinstance(address, str) and "/pre-aggregations/jobs" in address.lower()
    return {ASKED: {"at": time.time(), "jobs": jobs}}


@config("driver_factory")
def driver_factory(ctx: dict[str, Any]) -> dict[str, Any]:
    """How Cube connects. Never raises: Cube also calls it to learn the database's type."""
    if SEVERAL:
        # Those that everybody shares: Cube takes all the rest from their own variables.
        name = mapping(ctx).get("dataSource")
        if name in LISTED and (name or "default") in OTHER_DATA_SOURCES:
            return {"type": OTHER_DATA_SOURCES[name or "default"]}
    mode, user, token = who(ctx)
    options = SERVICE if mode == "service" else as_person(user, token or NO_ACCESS)
    return {"type": DRIVER, **options}


@config("context_to_orchestrator_id")
def context_to_orchestrator_id(ctx: dict[str, Any]) -> str:
    """Which connections and result cache a request may share.

    Cube keeps the driver that it built first for an id and a data source. So all else that
    driver_factory looks at is in the id, which appears in logs: who, in which mode, which token.
    Who is denied gets an error: the driver would come too late, as what is pre-aggregated is served
    without it. Not the scheduler, whose process it would end.
    """
    mode, user, token = who(ctx)
    if mode == "denied" and not is_scheduled(ctx):
        if VOUCHED:
            if user:
                cure = f"ask its administrator to look at the token config {SOURCE}"
                raise PermissionError(f"Cube Cloud signed no usable token for you: {cure}")
        else:
            if user:
                lacks = f"you have no usable token for {SOURCE}"
                raise PermissionError(f"{lacks}: authorize in Cube again")
        raise PermissionError(
            "the request names nobody: sign in to Cube, which adds your name and your token to it "
            "(or it is for a data source that cube.py does not list)"
        )
    if not user:
        return f"CUBE_APP_{'default' if mode == 'service' else 'denied'}"
    return f"CUBE_APP_{digest(user)}_{mode}_{digest(token) if token else 'none'}"


@config("orchestrator_options")
def orchestrator_options(ctx: dict[str, Any]) -> dict[str, Any]:
    """Who builds pre-aggregations: only what Cube asks by itself, as the service account. Others
    would fill the table that everybody reads with the rows that they may see.
    """
    mode, user, _ = who(ctx)
    own = mode == "service" and not user  # builds as the node is set up to
    return {} if own else {"preAggregationsOptions": {"externalRefresh": True}}
