"""Who asks, and for which data source: the part of cube.py that every driver has.

It knows no driver: what one is told for a person, and for the service account, is in the file of
its name.
"""

from __future__ import annotations

import os
import re
import time
from datetime import datetime
from functools import lru_cache
from typing import Any

from cube_access.cube.recipes.settings import (
    DATA_SOURCE,
    FALLS_BACK,
    OTHER_DATA_SOURCES,
    PREFIXED,
    SEVERAL,
    SOURCE,
    VOUCHED,
)

SKEW_SECONDS = 120  # a token this close to its end may not outlive the query
# Stands in for a missing token. Not empty, or Cube would look further: for the service account's.
NO_ACCESS = "no-access-authorize-in-cube"
VISIBLE = bytes(range(0x21, 0x7F))  # what a bearer token may consist of, and more (RFC 6750)
# Cube says this of every request that comes in through an API, and of none of its own.
THROUGH_API = "signedWithPlaygroundAuthSecret"
# Where extend_context puts what it finds, for the other functions, which Cube calls at any time.
ASKED = "cubeAccess"
# Where Cube Cloud puts a person's token, and what it calls the token and its end.
if VOUCHED:
    TOKENS, ITS_TOKEN, ITS_END = "oidcTokens", "token", "expiresAt"
else:
    TOKENS, ITS_TOKEN, ITS_END = "userCredentials", "accessToken", "accessTokenExpiresAt"
    # What a credential may be called while its token is good: a failed background refresh says
    # nothing of the token. Any other word, also one not known here, is taken for a revocation.
    TOLERATED = (None, "active", "error", "expired", "refresh_failed")
LISTED = [None, DATA_SOURCE]  # None: Cube asks for its default data source
if SEVERAL:
    LISTED += OTHER_DATA_SOURCES
# ISO 8601, extended format, of which Python reads little before 3.11.
WRITTEN = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:[.,]\d+)?(?:Z|([+-]\d\d)(?::?(\d\d))?)?)?",
    re.ASCII | re.IGNORECASE,
)


def env(name: str) -> str:
    """A variable; empty if it is not set."""
    if PREFIXED:
        name = name.replace("CUBEJS_", f"CUBEJS_DS_{DATA_SOURCE.upper()}_", 1)
    return os.environ.get(name, "")


def mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


@lru_cache(maxsize=1_000)
def ends_at(given: Any) -> float:
    """Epoch seconds, of ISO 8601 (to the second) or of epoch seconds or milliseconds; 0 if none."""
    try:
        if found := isinstance(given, str) and WRITTEN.fullmatch(given.strip()):
            day, clock, secs, hours, mins = found.groups()
            written = f"{day}T{clock or '00:00'}{secs or ':00'}{hours or '+00'}:{mins or '00'}"
            return datetime.fromisoformat(written).timestamp()
        epoch = float(given)
    except (ValueError, OverflowError):
        return 0.0
    epoch = epoch / 1000 if epoch > 1e11 else epoch  # beyond the year 5138, so milliseconds
    return epoch if epoch <= 1e11 else 0.0  # NaN compares false, so it ends here too


def usable_token(credential: dict[str, Any], now: float) -> str:
    """The token, or an empty text."""
    token, status = credential.get(ITS_TOKEN), credential.get("status")
    end = credential.get(ITS_END)
    good = isinstance(end, (str, int, float)) and ends_at(end) - now > SKEW_SECONDS
    if VOUCHED:
        good = good and status == "active"
    else:
        good = status == "active" if end is None else good and status in TOLERATED
    if not good or not isinstance(token, str) or not token.isascii():
        return ""
    # What is not visible, such as a line break, could end an HTTP header.
    return "" if token.encode().translate(None, VISIBLE) else token


def is_scheduled(ctx: Any) -> bool:
    """Whether the refresh scheduler asks. A request from outside may have such an id, too."""
    request = mapping(ctx).get("requestId")
    return isinstance(request, str) and request.startswith("scheduler-") and THROUGH_API not in ctx


def is_cubes_own(ctx: dict[str, Any], asked: dict[str, Any]) -> bool:
    """Whether a request that names nobody is Cube's: a probe's, the scheduler's, or a job, which
    has its caller's security context beside the one that was ordered, and answers no rows. Through
    an API, the SQL API's own user has none, either, nor has anybody in development mode.
    """
    security, caller = ctx.get("securityContext"), mapping(ctx.get("authInfo"))
    if THROUGH_API not in ctx:
        return security in (None, {}) or (isinstance(security, dict) and is_scheduled(ctx))
    if not isinstance(security, dict) or not caller or asked.get("jobs") is not True:
        return False
    try:
        return repr(caller) != repr(security)  # as texts, because NaN is unequal to itself
    except RecursionError:
        return False


def who(ctx: Any) -> tuple[str, str, str]:
    """Who asks: mode, user name and token. Decided here only, by the context and not by the clock.

    The modes: "user", "service", "denied", and "jobs" for a person who orders pre-aggregations, or
    asks after them, and builds none.
    """
    if not isinstance(ctx, dict) or ctx.get("dataSource") not in LISTED:
        return "denied", "", ""
    asked = mapping(ctx.get(ASKED))
    cloud = mapping(mapping(ctx.get("securityContext")).get("cubeCloud"))
    user = cloud.get("username")
    if user is None:
        return ("service" if is_cubes_own(ctx, asked) else "denied"), "", ""
    if not isinstance(user, str) or not user.strip() or is_scheduled(ctx):
        return "denied", "", ""
    credential = mapping(mapping(cloud.get(TOKENS)).get(SOURCE))
    at: Any = asked.get("at")
    token = usable_token(credential, at if isinstance(at, (int, float)) else time.time())
    if FALLS_BACK:
        # Without the request's own time, the next call might find otherwise of a token that ends.
        lasts = isinstance(at, (int, float)) or credential.get(ITS_END) is None
        if not token and not lasts:
            return "denied", user, ""
    else:
        if not token:
            return "denied", user, ""
    if asked.get("jobs") is True:
        return "jobs", user, ""
    if FALLS_BACK:
        return ("user" if token else "service"), user, token
    else:
        return "user", user, token
