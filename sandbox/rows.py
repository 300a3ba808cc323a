"""DuckDB, which keeps both warehouses' rows, without a way out of its memory.

Owns the connection's settings. What a statement may call is `functions.py`'s.
"""

import duckdb
from sqlglot import exp
from sqlglot.errors import ErrorLevel, UnsupportedError

SETTINGS = (
    "SET TimeZone = 'UTC'",
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    # A name that is no table must not find a variable of this process.
    "SET python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


def connect() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    for setting in SETTINGS:
        connection.execute(setting)
    return connection


def duckdb_sql(tree: exp.Expr) -> str:
    """Raises NotImplementedError for what DuckDB cannot say: left out, it would change the answer
    without an error.
    """
    try:
        return tree.sql(dialect="duckdb", unsupported_level=ErrorLevel.RAISE)
    except UnsupportedError as error:
        raise NotImplementedError(str(error).splitlines()[0]) from error
    except (AttributeError, IndexError, TypeError, ValueError) as error:
        # The generator stumbles over a call with too few arguments.
        raise NotImplementedError(f"{type(error).__name__}: {error}") from error
