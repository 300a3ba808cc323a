"""Snowflake: the OAuth integration, the service account, its role and grants, and the warehouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cube_access.lazy import find

if TYPE_CHECKING:
    from cube_access.snowflake.access import SnowflakeAccess
    from cube_access.snowflake.args import (
        CubeCloudIdentityArgs,
        CubeCloudSignInArgs,
        ExternalOauthArgs,
        SnowflakeAccessArgs,
        SnowflakeSignInArgs,
    )

__all__ = [
    "CubeCloudIdentityArgs",
    "CubeCloudSignInArgs",
    "ExternalOauthArgs",
    "SnowflakeAccess",
    "SnowflakeAccessArgs",
    "SnowflakeSignInArgs",
]

_PLACES = {name: "cube_access.snowflake.args" for name in __all__}
_PLACES["SnowflakeAccess"] = "cube_access.snowflake.access"


def __getattr__(name: str) -> Any:
    return find(name, _PLACES, __name__)
