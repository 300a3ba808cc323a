"""Who asks, and for which data source: the part of cube.py that every driver has.

It knows no driver: what one is told for a person, and for the service account, is in the file of
its name.
"""

from __future__ import annotations

import hashlib
import math
import os
import time
from datetime import datetime, timezone
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


def digest(text: str) -> str:
    """128 bits of SHA-256: no two texts have the same, and nobody reads the text from it."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def seconds_left(expires_at: Any) -> float:
    """From an ISO 8601 text, or epoch seconds or milliseconds; none for what is neither."""
    try:
        if isinstance(expires_at, str) and not expires_at.strip().replace(".", "", 1).isdigit():
            # Python 3.9 and 3.10 do not read the Z.
            moment = datetime.fromisoformat(expires_at.strip().replace("Z", "+00:00"))
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=timezone.utc)
            return moment.timestamp() - time.time()
        if isinstance(expires_at, bool) or not isinstance(expires_at, (str, int, float)):
            return 0.0
        epoch = float(expires_at)
        if epoch > MOST_SECONDS:
            epoch /= 1000
        return epoch - time.time() if epoch <= MOST_SECONDS and math.isfinite(epoch) else 0.0
    except (ValueError, OverflowError, OSError):
        return 0.0


def usable_token(credential: dict[str, Any]) -> str:
    """The token, or an empty text."""
    token = credential.get("accessToken")
    if not isinstance(token, str) or not token.strip():
        return ""
    # A line break would end an HTTP header. (str.isprintable takes six times as long.)
    if not token.isascii() or token.encode().translate(None, VISIBLE):
        return ""
    expires_at = credential.get("accessTokenExpiresAt")
    if expires_at is None:
        return token if credential.get("status") == "active" else ""
    # The status is not asked here: a failed background refresh marks a token that is still good.
    return token if seconds_left(expires_at) > SKEW_SECONDS else ""


def is_cubes_own(ctx: Any) -> bool:
    """Whether a request without a security context is a readiness probe's or the scheduler's.

    The SQL API's own user has none, either, nor has anybody in development mode. A job that is
    ordered for everybody has only its caller's, and builds what everybody reads.
    """
    context = mapping(ctx)
    return THROUGH_API not in context or bool(mapping(context.get("authInfo")))


def who(ctx: Any) -> tuple[str, str, str]:
    """Who asks: mode ("user", "service" or "denied"), user name and token. Decided here only."""
    security = ctx.get("securityContext") if isinstance(ctx, dict) else ctx
    if security is None or security == {}:
        return ("service" if is_cubes_own(ctx) else "denied"), "", ""
    cloud = mapping(mapping(security).get("cubeCloud"))
    user = cloud.get("username")
    if not isinstance(user, str) or not user.strip():
        return "denied", "", ""
    token = usable_token(mapping(mapping(cloud.get("userCredentials")).get(SOURCE)))
    if token:
        return "user", user, token
    return ("service" if MAY_FALL_BACK else "denied"), user, ""


def data_source(ctx: Any) -> str:
    """The name of the data source that is asked for."""
    name = ctx.get("dataSource") if isinstance(ctx, dict) else None
    if name is None:
        return "default"
    known = isinstance(name, str) and (name == DATA_SOURCE or name in OTHER_DATA_SOURCES)
    return name if known else UNKNOWN_DATA_SOURCE
