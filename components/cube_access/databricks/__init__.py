"""Databricks: Unity Catalog, SQL warehouses and the account console."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cube_access.lazy import find

if TYPE_CHECKING:
    from cube_access.databricks.access import DatabricksAccess
    from cube_access.databricks.args import DatabricksAccessArgs, DatabricksSignInArgs

__all__ = ["DatabricksAccess", "DatabricksAccessArgs", "DatabricksSignInArgs"]

_PLACES = {
    "DatabricksAccess": "cube_access.databricks.access",
    "DatabricksAccessArgs": "cube_access.databricks.args",
    "DatabricksSignInArgs": "cube_access.databricks.args",
}


def __getattr__(name: str) -> Any:
    return find(name, _PLACES, __name__)
