"""An environment's decisions, as `cube_py.py` writes them into its cube.py. These are an example,
for the type checker: nothing of this file is emitted.
"""

from __future__ import annotations

DRIVER = "snowflake"
SOURCE = "snowflake"
FALLBACK = "deny"
DATA_SOURCE = "default"
OTHER_DATA_SOURCES: dict[str, str] = {}
