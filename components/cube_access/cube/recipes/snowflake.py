"""Snowflake: a person's token with the OAuth authenticator; the service account with its key, or
with the token that Cube Cloud signs for the deployment.
"""

from __future__ import annotations

import os
from typing import Any

from cube_access.cube.recipes.options import given
from cube_access.cube.recipes.settings import BY_FILE
from cube_access.cube.recipes.shared import NO_ACCESS, env

PLACE: dict[str, Any] = {
    "clientSessionKeepAlive": False,  # else every person's idle connection stays awake
    **given(
        account=env("CUBEJS_DB_SNOWFLAKE_ACCOUNT"),
        warehouse=env("CUBEJS_DB_SNOWFLAKE_WAREHOUSE"),
        database=env("CUBEJS_DB_NAME"),
    ),
}
if BY_FILE:
    # A file in which Cube Cloud keeps a fresh token. It says by itself where that is, and so
    # perhaps not under the name that this data source has.
    TOKEN_PATH = "CUBEJS_DB_SNOWFLAKE_OAUTH_TOKEN_PATH"
    SERVICE = {
        **PLACE,
        "authenticator": "OAUTH",
        **given(
            oauthTokenPath=env(TOKEN_PATH) or os.environ.get(TOKEN_PATH, ""),
            role=env("CUBE_SERVICE_SNOWFLAKE_ROLE"),
        ),
    }
else:
    SERVICE = {
        **PLACE,
        "authenticator": "SNOWFLAKE_JWT",
        **given(
            username=env("CUBEJS_DB_USER"),
            privateKey=env("CUBEJS_DB_SNOWFLAKE_PRIVATE_KEY"),
            role=env("CUBE_SERVICE_SNOWFLAKE_ROLE"),
        ),
    }

# The role that people's tokens are for. Without it, the token's own.
USER_ROLE = given(role=env("CUBE_ACCESS_USER_ROLE"))
# Where no role is given, Cube takes one of these, and a person's login would ask for the service
# account's role. They must not be set; if one is, nobody gets through.
CUBES_ROLES = ("CUBEJS_DB_SNOWFLAKE_ROLE", "CUBEJS_PRE_AGGREGATIONS_DB_SNOWFLAKE_ROLE")
CLOSED = not USER_ROLE and any(map(env, CUBES_ROLES))


def as_person(_user: str, token: str) -> dict[str, Any]:
    # Without an authenticator Cube would take the service account's. The path is of no file: before
    # 1.3.35 Cube does not know the token, and would read the deployment's own.
    login = {"oauthToken": NO_ACCESS if CLOSED else token, "oauthTokenPath": NO_ACCESS}
    return {**PLACE, "authenticator": "OAUTH", **login, **USER_ROLE}
