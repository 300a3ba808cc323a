"""Safe access for Cube to a warehouse, as Pulumi components."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cube_access.lazy import find

if TYPE_CHECKING:
    from cube_access.databricks import DatabricksAccess, DatabricksAccessArgs, DatabricksSignInArgs
    from cube_access.external import ExternalAccess, ExternalAccessArgs
    from cube_access.snowflake import (
        CubeCloudIdentityArgs,
        CubeCloudSignInArgs,
        ExternalOauthArgs,
        SnowflakeAccess,
        SnowflakeAccessArgs,
        SnowflakeSignInArgs,
    )

__version__ = "0.2.0"

__all__ = [
    "CubeCloudIdentityArgs",
    "CubeCloudSignInArgs",
    "DatabricksAccess",
    "DatabricksAccessArgs",
    "DatabricksSignInArgs",
    "ExternalAccess",
    "ExternalAccessArgs",
    "ExternalOauthArgs",
    "SnowflakeAccess",
    "SnowflakeAccessArgs",
    "SnowflakeSignInArgs",
]

_PLACES = {
    **dict.fromkeys(__all__, "cube_access.snowflake"),
    **{name: "cube_access.databricks" for name in __all__ if name.startswith("Databricks")},
    **{name: "cube_access.external" for name in __all__ if name.startswith("ExternalAccess")},
}


def __getattr__(name: str) -> Any:
    return find(name, _PLACES, __name__)
