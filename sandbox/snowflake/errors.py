"""The errors of Snowflake's SQL, as the emulated account raises them.

Owns number, SQLSTATE and message; how they look on the wire is `web.py`'s. The plugin tells them
apart by the words of the message, so the words are the service's.
"""


class SqlError(Exception):
    def __init__(self, code: int, sqlstate: str, message: str) -> None:
        super().__init__(f"{code:06d} ({sqlstate}): {message}")
        self.code, self.sqlstate, self.message = code, sqlstate, message


def compilation(message: str, code: int = 1003, sqlstate: str = "42000") -> SqlError:
    return SqlError(code, sqlstate, f"SQL compilation error:\n{message}")


def missing(kind: str, name: str) -> SqlError:
    what = f"{kind.capitalize()} '{name}'" if kind else f"Object '{name}'"
    return compilation(f"{what} does not exist or not authorized.", 2003, "02000")


def exists(name: str) -> SqlError:
    return compilation(f"Object '{name}' already exists.", 2002, "42710")


def denied(kind: str, name: str) -> SqlError:
    what = f"{kind.lower()} '{name}'"
    return refused(f"Insufficient privileges to operate on {what}")


def refused(message: str) -> SqlError:
    return SqlError(3001, "42501", f"SQL access control error:\n{message}")
