"""A workspace's Statement Execution API: statements, and the sessions that they may belong to.

Owns its paths and shapes, and who may use a warehouse through it. What a statement does is
`statements.py`'s, what a session remembers `sessions.py`'s.
"""

from typing import Any

from flask import Flask

from sandbox.databricks.errors import ApiError, denied
from sandbox.databricks.state import Databricks
from sandbox.databricks.statements import Place
from sandbox.databricks.web import body, caller, here

STATEMENTS = "/api/2.0/sql/statements"
SESSIONS = "/api/2.0/sql/sessions"


def add_statements(app: Flask, state: Databricks) -> None:
    def require_sql(warehouse_id: str) -> None:
        workspace = here()
        assert workspace is not None  # noqa: S101 - this app is only reached through one's host
        warehouse = state.warehouses.get(warehouse_id, workspace)
        state.warehouses.require(caller(), warehouse, "CAN_USE")
        if not state.directory.has_entitlement(caller(), workspace, "databricks-sql-access"):
            raise denied(f"{caller().name} does not have the databricks-sql-access entitlement.")

    @app.post(SESSIONS)
    def open_session() -> dict[str, Any]:
        sent = body()
        warehouse = str(sent.get("warehouse_id"))
        require_sql(warehouse)
        place = Place(sent.get("catalog") or "main", sent.get("schema") or "default")
        return {"session_id": state.sessions.start(caller(), warehouse, place).id}

    @app.delete(f"{SESSIONS}/<id_>")
    def close_session(id_: str) -> dict[str, Any]:
        state.sessions.end(id_, caller())
        return {}

    @app.post(STATEMENTS)
    def execute() -> dict[str, Any]:
        sent = body()
        require_sql(str(sent.get("warehouse_id")))
        check_shape(sent)
        text, parameters = str(sent.get("statement", "")), sent.get("parameters") or []
        if session_id := sent.get("session_id"):
            session = state.sessions.get(str(session_id), caller())
            done = state.sessions.submit(session, caller(), text, parameters)
        else:
            place = sent.get("catalog") or "main", sent.get("schema") or "default"
            done = state.statements.submit(caller(), text, *place, parameters)
        if sent.get("wait_timeout") == "0s":
            return {"statement_id": done.id, "status": {"state": "PENDING"}}
        return done.answer

    @app.get(f"{STATEMENTS}/<id_>")
    def get_statement(id_: str) -> dict[str, Any]:
        return state.statements.get(id_, caller()).answer

    @app.post(f"{STATEMENTS}/<id_>/cancel")
    @app.delete(f"{STATEMENTS}/<id_>")
    def end_statement(id_: str) -> dict[str, Any]:
        """Every statement is done at once, so that there is nothing left to stop."""
        state.statements.get(id_, caller())
        return {}


def check_shape(sent: dict[str, Any]) -> None:
    """Rows come in the answer itself, as JSON."""
    wanted = sent.get("disposition") or "INLINE", sent.get("format") or "JSON_ARRAY"
    if wanted != ("INLINE", "JSON_ARRAY"):
        message = f"sandbox: disposition {wanted[0]} with format {wanted[1]} is not emulated"
        raise ApiError(501, "NOT_IMPLEMENTED", f"{message}: ask for INLINE and JSON_ARRAY")
