"""SQL sessions: the catalog and schema that a client's statements go on with.

Owns USE, and what SHOW CATALOGS and SHOW SCHEMAS list. Running a statement is `statements.py`'s.
"""

import re
import secrets
from dataclasses import dataclass
from typing import Any

from sandbox.databricks.directory import Principal
from sandbox.databricks.errors import missing
from sandbox.databricks.statements import Place, Statement, Statements, result

USE = re.compile(
    r"USE\s+(?:(?P<kind>CATALOG|SCHEMA|DATABASE)\s+)?(?P<name>[\w`.-]+)", re.IGNORECASE
)
SHOW_CATALOGS = re.compile(r"SHOW\s+CATALOGS", re.IGNORECASE)
SHOW_SCHEMAS = re.compile(r"SHOW\s+(?:SCHEMAS|DATABASES)\s+IN\s+(?P<name>[\w`-]+)", re.IGNORECASE)


@dataclass
class Session:
    id: str
    caller: int
    warehouse: str
    place: Place


class Sessions:
    def __init__(self, statements: Statements) -> None:
        self.statements, self.unity = statements, statements.unity
        self.open: dict[str, Session] = {}

    def start(self, caller: Principal, warehouse: str, place: Place) -> Session:
        new = Session(f"01f0{secrets.token_hex(14)}", caller.id, warehouse, place)
        self.open[new.id] = new
        return new

    def get(self, id_: str, caller: Principal) -> Session:
        found = self.open.get(id_)
        if not found or found.caller != caller.id:
            raise missing(f"The session {id_} was not found.")
        return found

    def end(self, id_: str, caller: Principal) -> None:
        del self.open[self.get(id_, caller).id]

    def submit(
        self, session: Session, caller: Principal, text: str, parameters: list[dict[str, Any]]
    ) -> Statement:
        bare = text.strip().rstrip(";").strip()
        if used := USE.fullmatch(bare):
            return self.statements.answered(caller, lambda: self._use(session, caller, used))
        if SHOW_CATALOGS.fullmatch(bare):
            return self.statements.answered(caller, lambda: self._listed(caller, "catalog", ""))
        if shown := SHOW_SCHEMAS.fullmatch(bare):
            name = shown["name"].replace("`", "")
            return self.statements.answered(caller, lambda: self._listed(caller, "schema", name))
        return self.statements.submit(caller, text, *session.place, parameters)

    def _use(self, session: Session, caller: Principal, used: re.Match[str]) -> dict[str, Any]:
        parts = used["name"].replace("`", "").split(".")
        of_catalog = (used["kind"] or "").upper() == "CATALOG"
        catalog = parts[0] if of_catalog or len(parts) > 1 else session.place.catalog
        place = Place(catalog, "default" if of_catalog else parts[-1])
        self.statements.require_place(caller, place, whole=not of_catalog)
        session.place = place
        return result([], [])

    def _listed(self, caller: Principal, kind: str, parent: str) -> dict[str, Any]:
        found = [s for s in self.unity.children(kind, parent) if self.unity.uses(caller, s)]
        column = "catalog" if kind == "catalog" else "databaseName"
        return result([(column, "VARCHAR")], [(s.name,) for s in found])
