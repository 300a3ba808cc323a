"""Types and values: from DuckDB's to Snowflake's, as they are on the wire.

Owns both directions of a type's name and the text of a cell.
"""

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sandbox.snowflake.session import Column

TYPES = {
    "TINYINT": "FIXED", "SMALLINT": "FIXED", "INTEGER": "FIXED", "BIGINT": "FIXED",
    "HUGEINT": "FIXED", "UBIGINT": "FIXED", "UINTEGER": "FIXED", "DECIMAL": "FIXED",
    "FLOAT": "REAL", "DOUBLE": "REAL", "BOOLEAN": "BOOLEAN", "DATE": "DATE", "TIME": "TIME",
    "TIMESTAMP": "TIMESTAMP_NTZ", "TIMESTAMP WITH TIME ZONE": "TIMESTAMP_LTZ", "BLOB": "BINARY",
    "JSON": "VARIANT", "VARIANT": "VARIANT",
}  # fmt: skip
LONGEST_TEXT = 16_777_216
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def column(name: str, duckdb_type: object) -> Column:
    text = str(duckdb_type)
    base, _, rest = text.partition("(")
    kind = TYPES.get(base, "ARRAY" if text.endswith("]") else "TEXT")
    if text.startswith(("STRUCT", "MAP")):
        kind = "OBJECT"
    if kind == "FIXED":
        precision, scale = (int(n) for n in rest.rstrip(")").split(",")) if rest else (38, 0)
        return Column(name, kind, precision=precision, scale=scale)
    if kind == "TEXT":
        return Column(name, kind, length=LONGEST_TEXT)
    return Column(name, kind, scale=9 if kind.startswith("TIME") else None)


def type_text(c: Column) -> str:
    """As DESCRIBE and INFORMATION_SCHEMA write it."""
    if c.type == "FIXED":
        return f"NUMBER({c.precision},{c.scale})"
    if c.type == "TEXT":
        return f"VARCHAR({LONGEST_TEXT})"
    return f"{c.type}(9)" if c.type.startswith("TIME") else {"REAL": "FLOAT"}.get(c.type, c.type)


def cell(value: Any) -> str | None:
    """As on the wire."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return seconds(aware - EPOCH)
    if isinstance(value, date):
        return str((value - EPOCH.date()).days)
    if isinstance(value, time):
        return seconds(datetime.combine(EPOCH, value) - EPOCH.replace(tzinfo=None))
    if isinstance(value, bytes):
        return value.hex().upper()
    return json.dumps(value, default=str) if isinstance(value, list | dict) else str(value)


def seconds(since: timedelta) -> str:
    whole = since // timedelta(seconds=1)
    return f"{whole}.{(since - timedelta(seconds=whole)) // timedelta(microseconds=1):06d}000"
