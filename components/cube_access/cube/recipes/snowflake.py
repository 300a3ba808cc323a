"""Snowflake: a person's token with the OAuth authenticator; the service account with its key, or
with the token that Cube Cloud signs for the deployment.
"""

from __future__ import annotations

import os
from typing import Any

from cube_access.cube.recipes.shared import NO_ACCESS, cube_reads, env, given

PLACE: dict[str, Any] = {
    # Otherwise every person's idle connection stays awake.
    "clientSessionKeepAlive": False,
    **given(
        account=env("CUBEJS_DB_SNOWFLAKE_ACCOUNT"),
        warehouse=env("CUBEJS_DB_SNOWFLAKE_WAREHOUSE"),
        database=env("CUBEJS_DB_NAME"),
    ),
}

ROLE = given(role=env("CUBE_SERVICE_SNOWFLAKE_ROLE"))
KEY = given(
    username=env("CUBEJS_DB_USER"),
    privateKey=env("CUBEJS_DB_SNOWFLAKE_PRIVATE_KEY"),
)
# Without a key: a file in which Cube Cloud keeps a fresh token. It says by itself where that is,
# and so perhaps not under the name that this data source has.
TOKEN_PATH = "CUBEJS_DB_SNOWFLAKE_OAUTH_TOKEN_PATH"
FILE = given(oauthTokenPath=env(TOKEN_PATH) or os.environ.get(TOKEN_PATH, ""))
KEYLESS = env("CUBEJS_DB_SNOWFLAKE_AUTHENTICATOR").upper() == "OAUTH" and "privateKey" not in KEY

# The role that people's tokens are for. Without it, the token's own.
USER_ROLE = given(role=env("CUBE_ACCESS_USER_ROLE"))

# Where no role is given, Cube takes this one, and a person's login would ask for the service
# account's role. It must not be set; if it is, nobody gets through.
CLOSED = not USER_ROLE and cube_reads("CUBEJS_DB_SNOWFLAKE_ROLE")


def as_service() -> dict[str, Any]:
    if KEYLESS:
        return {**PLACE, "authenticator": "OAUTH", **FILE, **ROLE}
    return {**PLACE, "authenticator": "SNOWFLAKE_JWT", **KEY, **ROLE}


def as_person(_user: str, token: str) -> dict[str, Any]:
    # Without an authenticator Cube would take the service account's.
    login = {"authenticator": "OAUTH", "oauthToken": NO_ACCESS if CLOSED else token}
    return {**PLACE, **login, **USER_ROLE}
