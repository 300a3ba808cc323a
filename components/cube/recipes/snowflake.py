"""Cube on Snowflake: every query runs as the person who asked it.

Cube Cloud signs each person in to Snowflake and puts their token into the request's security
context, under cubeCloud.userCredentials.<source>. This file hands that token to Cube's driver.
Requests without a person (liveness checks, the refresh worker) use the service account: by its key,
or by the token that Cube Cloud signs for the deployment. A person
whose token is missing, expired or revoked gets what CUBE_ACCESS_FALLBACK says: "deny" (the default)
or "service-account". A request that is authenticated but names nobody is denied always.

Everything that differs between environments, and every secret, stands in environment variables.
Standard library only.

Pre-aggregations are shared: their tables are built by the service account and read by everybody who
may query the cube, whatever Snowflake would allow them. Model access to them in Cube, or do
without them for restricted data.
"""

from __future__ import annotations

import hashlib
import os
import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Callable, Dict, Mapping, Optional, Tuple, TypeVar

if TYPE_CHECKING:
    Function = TypeVar("Function", bound=Callable[..., Any])

    def config(name: str) -> Callable[[Function], Function]: ...

else:
    from cube import config

SOURCE = os.environ.get("CUBE_ACCESS_SOURCE", "snowflake")
MAY_FALL_BACK = os.environ.get("CUBE_ACCESS_FALLBACK") == "service-account"

# A token this close to its end may not outlive the query.
SKEW_SECONDS = 120

# Cube takes an empty token as "none given" and then reads one from
# a file. This one Snowflake refuses.
NO_ACCESS = "no-access-authorize-in-cube"

# The service account has no key: Cube Cloud keeps a fresh token in a file.
KEYLESS = os.environ.get("CUBEJS_DB_SNOWFLAKE_AUTHENTICATOR") == "OAUTH" and not os.environ.get(
    "CUBEJS_DB_SNOWFLAKE_PRIVATE_KEY"
)

# The role that people's tokens are for. Without it, the token's own.
USER_ROLE = os.environ.get("CUBE_ACCESS_USER_ROLE", "")

# Where no role is given, Cube takes CUBEJS_DB_SNOWFLAKE_ROLE (or a data
# source's), and a person's login would ask for the service account's role.
# It must not be set; if it is, nobody gets through.
CUBE_ROLE = re.compile(r"CUBEJS_(\w+_)?DB_SNOWFLAKE_ROLE")
CUBE_ADDS_A_ROLE = not USER_ROLE and any(
    value and CUBE_ROLE.fullmatch(name) for name, value in os.environ.items()
)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _seconds_left(expires_at: Any) -> Optional[float]:
    """From an ISO 8601 text, or epoch seconds or milliseconds; None if it is none of these."""
    try:
        if isinstance(expires_at, str) and not expires_at.strip().replace(".", "", 1).isdigit():
            moment = datetime.fromisoformat(expires_at.strip().replace("Z", "+00:00"))
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=timezone.utc)
            epoch = moment.timestamp()
        elif isinstance(expires_at, (str, int, float)) and not isinstance(expires_at, bool):
            epoch = float(expires_at)
            if epoch > 1e11:  # milliseconds: as seconds this would be the year 5138
                epoch /= 1000
        else:
            return None
        return epoch - datetime.now(timezone.utc).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _usable_token(credential: Mapping[str, Any]) -> Optional[str]:
    token = credential.get("accessToken")
    if not isinstance(token, str) or not token.strip():
        return None
    expires_at = credential.get("accessTokenExpiresAt")
    if expires_at is None:
        return token if credential.get("status") == "active" else None
    # The status is not asked here: a failed background refresh marks a token that is still good.
    left = _seconds_left(expires_at)
    return token if left is not None and left > SKEW_SECONDS else None


def _identity(ctx: Any) -> Tuple[str, str, Optional[str]]:
    """Who asks: mode ("user", "service", "denied"), user name, token. Decided here only."""
    security = _mapping(_mapping(ctx).get("securityContext"))
    if not security:
        return "service", "", None  # a readiness probe or the scheduler
    cloud = _mapping(security.get("cubeCloud"))
    user = cloud.get("username")
    if not isinstance(user, str) or not user:
        return "denied", "", None
    token = _usable_token(_mapping(_mapping(cloud.get("userCredentials")).get(SOURCE)))
    if token is not None:
        return "user", user, token
    return ("service" if MAY_FALL_BACK else "denied"), user, None


def _from_environment(**options: str) -> Dict[str, str]:
    """The options whose variable is set: Cube takes even an empty one for a choice."""
    return {
        option: os.environ[variable]
        for option, variable in options.items()
        if os.environ.get(variable)
    }


@config("driver_factory")
def driver_factory(ctx: Dict[str, Any]) -> Dict[str, Any]:
    """How Cube connects for a request. Never raises: Cube also calls it to learn the database's
    type.
    """
    mode, _, token = _identity(ctx)
    options: Dict[str, Any] = {
        "type": "snowflake",
        # Otherwise every person's idle connection stays awake.
        "clientSessionKeepAlive": False,
        **_from_environment(
            account="CUBEJS_DB_SNOWFLAKE_ACCOUNT",
            warehouse="CUBEJS_DB_SNOWFLAKE_WAREHOUSE",
            database="CUBEJS_DB_NAME",
        ),
    }
    if mode == "service" and KEYLESS:
        return {
            **options,
            "authenticator": "OAUTH",
            **_from_environment(
                oauthTokenPath="CUBEJS_DB_SNOWFLAKE_OAUTH_TOKEN_PATH",
                role="CUBE_SERVICE_SNOWFLAKE_ROLE",
            ),
        }
    if mode == "service":
        return {
            **options,
            "authenticator": "SNOWFLAKE_JWT",
            **_from_environment(
                username="CUBEJS_DB_USER",
                privateKey="CUBEJS_DB_SNOWFLAKE_PRIVATE_KEY",
                role="CUBE_SERVICE_SNOWFLAKE_ROLE",
            ),
        }
    options["authenticator"] = "OAUTH"  # left out, Cube would take the service account's
    if USER_ROLE:
        options["role"] = USER_ROLE
    if CUBE_ADDS_A_ROLE:
        return {**options, "oauthToken": NO_ACCESS}
    return {**options, "oauthToken": token or NO_ACCESS}


@config("context_to_orchestrator_id")
def context_to_orchestrator_id(ctx: Dict[str, Any]) -> str:
    """Which connection and result cache a request may share.

    Cube keeps the driver that it built first for an id. So everything that driver_factory looks at
    is in the id: who, in which mode, and with which token, as a fingerprint, because ids appear in
    logs.
    """
    mode, user, token = _identity(ctx)
    if not user:
        return "CUBE_APP_default" if mode == "service" else "CUBE_APP_denied"
    # Hashed, so that any name gives a short id that no other name gives.
    who = hashlib.sha256(user.encode("utf-8", "surrogatepass")).hexdigest()[:32]
    fingerprint = (
        hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()[:12] if token else "none"
    )
    return f"CUBE_APP_{who}_{mode}_{fingerprint}"
