# A copy, by `make docs`, of cube-access's own
# components/cube_access/facts/securables.py: change it there.

"""Snowflake's kinds of securables: which hold data, and how SQL writes one and many."""

from __future__ import annotations

OWN_DATABASE = "SNOWFLAKE"
"""Snowflake's own: the account's logs and history, and so everybody's statements."""
INFORMATION_SCHEMA = "INFORMATION_SCHEMA"
"""In every database, and nobody's to grant: it shows each role what that may see."""
# That SELECT goes with.
READABLE = frozenset(
    {
        "TABLE",
        "VIEW",
        "MATERIALIZED VIEW",
        "EXTERNAL TABLE",
        "DYNAMIC TABLE",
        "EVENT TABLE",
        "HYBRID TABLE",
        "ICEBERG TABLE",
        "SEMANTIC VIEW",
    }
)
# Whose names carry the types of their arguments.
CALLED = frozenset({"FUNCTION", "PROCEDURE", "EXTERNAL FUNCTION", "DATA METRIC FUNCTION"})


def plural(kind: str) -> str:
    """TABLES of TABLE, POLICIES of POLICY."""
    return f"{kind[:-1]}IES" if kind.endswith("Y") else f"{kind}S"


def singular(kinds: str) -> str:
    """TABLE of TABLES, POLICY of POLICIES."""
    return f"{kinds[:-3]}Y" if kinds.endswith("IES") else kinds.removesuffix("S")
