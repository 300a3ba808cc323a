"""Who asks, and for which data source: the part of cube.py that every driver has.

It knows no driver: what one is told for a person, and for the service account, is in the file of
its name.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import time
from datetime import datetime
from functools import lru_cache
from typing import Any

from cube_access.cube.recipes.settings import DATA_SOURCE, FALLBACK, OTHER_DATA_SOURCES, SOURCE

MAY_FALL_BACK = FALLBACK == "service-account"

# A token this close to its end may not outlive the query.
SKEW_SECONDS = 120

# Epoch seconds beyond the year 5138 are milliseconds. What is still beyond is no time at all.
MOST_SECONDS = 1e11

# Stands in for a missing token. Not empty: Cube would then look for another one, and find the
# service account's. No warehouse takes this one.
NO_ACCESS = "no-access-authorize-in-cube"

# What OAuth lets a token consist of (RFC 6749, appendix A.12).
VISIBLE = bytes(range(0x20, 0x7F))

# Cube says this of every request that comes in through an API, and of none of its own.
THROUGH_API = "signedWithPlaygroundAuthSecret"

# What the refresh scheduler calls its rounds, whatever security context they are for.
SCHEDULER = "scheduler-"

# Where extend_context puts when a request came and whether it came to the jobs' address, for the
# other functions: Cube may call them at any time later, with the same context.
ASKED = "cubeAccess"
JOBS = "/pre-aggregations/jobs"

# What a credential may be called while its token is good. A failed background refresh says nothing
# of the token; any other word ("revoked", one that is not known here) is taken for a revocation.
TOLERATED = (None, "active", "error", "expired", "refresh_failed")

# What the instances of a deployment share, and nobody else knows.
ID_KEY = os.environ.get("CUBEJS_API_SECRET", "").encode("utf-8", "surrogateescape")

# A date, and perhaps a time, with any fraction and zone (ISO 8601, extended format). Python reads
# few of them before 3.11.
WRITTEN = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:[.,](\d+))?(Z|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII | re.IGNORECASE,
)

# Has a hyphen, which no data source has.
UNKNOWN_DATA_SOURCE = "unknown-data-source"


def env(name: str) -> str:
    """A variable, under the name that it has for this data source; empty if it is not set."""
    if DATA_SOURCE != "default":
        name = name.replace("CUBEJS_", f"CUBEJS_DS_{DATA_SOURCE.upper()}_", 1)
    return os.environ.get(name, "")


def cube_reads(name: str) -> bool:
    """Whether Cube finds a value of its own for an option that it is not given."""
    return bool(env(name) or env(name.replace("DB_", "PRE_AGGREGATIONS_DB_", 1)))


def given(**options: str) -> dict[str, str]:
    """The options that are set: Cube takes even an empty one for a choice."""
    return {option: value for option, value in options.items() if value}


@lru_cache(maxsize=1_000)
def name_digest(user: str) -> str:
    """With a key, because a name can be guessed."""
    return hmac.new(ID_KEY, user.encode("utf-8", "surrogatepass"), "sha256").hexdigest()[:32]


def token_digest(token: str) -> str:
    """128 bits of SHA-256. A token cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()[:32]


def mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def ends_at(expires_at: Any) -> float:
    """In epoch seconds, of an ISO 8601 text or of epoch seconds or milliseconds; 0 for neither."""
    if isinstance(expires_at, str):
        return written_end(expires_at)
    if isinstance(expires_at, bool) or not isinstance(expires_at, (int, float)):
        return 0.0
    try:
        epoch = float(expires_at)
    except OverflowError:
        return 0.0
    if epoch > MOST_SECONDS:
        epoch /= 1000
    return epoch if epoch <= MOST_SECONDS else 0.0  # nor is NaN


@lru_cache(maxsize=1_000)
def written_end(text: str) -> float:
    try:
        if "-" not in text:
            return ends_at(float(text))
        found = WRITTEN.fullmatch(text.strip())
        if not found:
            return 0.0
        date, minutes, seconds, fraction, zone = found.groups()
        digits = "" if zone in (None, "Z", "z") else zone[1:].replace(":", "").ljust(4, "0")
        offset = f"{zone[0]}{digits[:2]}:{digits[2:]}" if digits else "+00:00"
        written = f"{date}T{minutes or '00:00'}{seconds or ':00'}.{(fraction or '0')[:6]:0<6}"
        return datetime.fromisoformat(written + offset).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0


def usable_token(credential: dict[str, Any], now: float) -> str:
    """The token, or an empty text."""
    token = credential.get("accessToken")
    if not isinstance(token, str) or not token.strip():
        return ""
    # A line break would end an HTTP header. (str.isprintable takes six times as long.)
    if not token.isascii() or token.encode().translate(None, VISIBLE):
        return ""
    status, expires_at = credential.get("status"), credential.get("accessTokenExpiresAt")
    if expires_at is None:
        return token if status == "active" else ""
    return token if status in TOLERATED and ends_at(expires_at) - now > SKEW_SECONDS else ""


def is_scheduled(ctx: Any) -> bool:
    """Whether the refresh scheduler asks. An outside request can have such an id, but it has
    THROUGH_API as well.
    """
    context = mapping(ctx)
    request = context.get("requestId")
    return THROUGH_API not in context and isinstance(request, str) and request.startswith(SCHEDULER)


def is_cubes_own(context: dict[str, Any], security: Any) -> bool:
    """Whether a request that names nobody is Cube's: a probe's, the scheduler's, or a job.

    A job has the security context that was ordered, and its caller's own beside it. It builds what
    everybody reads, and answers no rows. The SQL API's own user has no security context, either,
    nor has anybody in development mode.
    """
    if THROUGH_API not in context:
        empty = security is None or security == {}
        return empty or (isinstance(security, dict) and is_scheduled(context))
    caller = mapping(context.get("authInfo"))
    if not caller or mapping(context.get(ASKED)).get("jobs") is not True:
        return False
    try:
        # As texts, because NaN is unequal to itself.
        return isinstance(security, dict) and repr(caller) != repr(security)
    except RecursionError:
        return False


def who(ctx: Any) -> tuple[str, str, str]:
    """Who asks: mode, user name and token. Decided here only, by the context and not by the clock.

    The modes: "user"; "service"; "denied"; and "jobs" for a person who orders pre-aggregations or
    asks after them, and builds none themselves.
    """
    security = ctx.get("securityContext") if isinstance(ctx, dict) else ctx
    context = mapping(ctx)
    cloud = mapping(mapping(security).get("cubeCloud"))
    user = cloud.get("username")
    if user is None:
        return ("service" if is_cubes_own(context, security) else "denied"), "", ""
    if not isinstance(user, str) or not user.strip() or is_scheduled(context):
        return "denied", "", ""
    credential = mapping(mapping(cloud.get("userCredentials")).get(SOURCE))
    asked = mapping(context.get(ASKED))
    at: Any = asked.get("at")
    timed = isinstance(at, (int, float))
    now: float = at if timed else time.time()
    token = usable_token(credential, now)
    # Without the request's own time, the next call might find otherwise of a token that ends.
    falls_back = MAY_FALL_BACK and (timed or credential.get("accessTokenExpiresAt") is None)
    if not token and not falls_back:
        return "denied", user, ""
    if asked.get("jobs") is True:
        return "jobs", user, ""
    return ("user" if token else "service"), user, token


def data_source(ctx: Any) -> str:
    """The name of the data source that is asked for."""
    name = ctx.get("dataSource") if isinstance(ctx, dict) else None
    if name is None:
        return "default"
    known = isinstance(name, str) and (name == DATA_SOURCE or name in OTHER_DATA_SOURCES)
    return name if known else UNKNOWN_DATA_SOURCE
