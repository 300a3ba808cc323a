"""An environment's decisions, as `cube_py.py` writes them into its cube.py. These are an example,
for the type checker: nothing of this file is emitted.
"""

from __future__ import annotations

DRIVER = "snowflake"
SOURCE = "snowflake"
DATA_SOURCE = "default"
OTHER_DATA_SOURCES: dict[str, str] = {}

# Not in any cube.py: in place of an `if` of one of these stands the branch that it takes.
FALLS_BACK = False  # a person without a usable token queries as the service account
SEVERAL = False  # data sources
PREFIXED = False  # people's data source is not Cube's default one
BY_BEARER = False  # the service account has a bearer token
BY_FILE = False  # Cube Cloud keeps one for it in a file
VOUCHED = False  # Cube Cloud itself signs a token for each person
