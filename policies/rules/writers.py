"""Writers: a role that may write in one schema, as a tool that builds tables there must; or make
schemas of its own in one database, as a loader does.

They stand in one list in the configuration, under `writers-listed`; `servicer.py` hands it to the
rules about grants. The rule of that name, in `run.py`, prints the list in every run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LIST = "writers-listed"
KEY = "writers"
FIELDS = ("role", "schema", "database")


@dataclass(frozen=True, kw_only=True)
class Writer:
    role: str
    """Of Snowflake; or a principal of Databricks."""
    schema: str
    """DATABASE.SCHEMA, or catalog.schema; empty where it is a whole database."""
    database: str = ""
    """Or a catalog: in it, it may make schemas and write in all."""

    @property
    def where(self) -> str:
        return self.schema or f"every schema of {self.database}"

    def problem(self) -> str:
        """Why it does not apply; empty if it does."""
        if not self.role:
            return "has no role"
        if self.database and (self.schema or "*" in self.database or "." in self.database):
            return f"names {self.schema or self.database}: name one schema, or one database"
        if not self.database and (self.schema.count(".") != 1 or "*" in self.schema):
            return f"names {self.schema or 'no schema'}: write the one schema as DATABASE.SCHEMA"
        return ""


def given(config: Mapping[str, Any]) -> list[Writer]:
    return [
        Writer(**{key: str(entry.get(key, "")) for key in FIELDS})
        for entry in config.get(KEY) or ()
    ]


def applying(config: Mapping[str, Any]) -> list[Writer]:
    return [each for each in given(config) if not each.problem()]
