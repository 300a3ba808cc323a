"""Snowflake's HTTP: the session protocol that its drivers speak, and the OAuth endpoints.

Owns the shape of requests and answers. A refusal is HTTP 200 with `success: false`, as the real
service has it; nothing here ever answers 5xx, which drivers repeat for as long as they are let.
"""

import logging
import re
import uuid
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, g, jsonify, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from sandbox.snowflake.credentials import Credentials, LoginError, SignIn
from sandbox.snowflake.errors import SqlError
from sandbox.snowflake.oauth import OAuthError
from sandbox.snowflake.session import Column, Result, Session
from sandbox.snowflake.state import Snowflake

RESULT_SCAN = re.compile(r"\s*SELECT \* FROM TABLE\(RESULT_SCAN\('([0-9a-f-]+)'\)\)", re.IGNORECASE)
REMEMBERED = 1_000
IN_PROGRESS = "333334"


def make_app(state: Snowflake) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined] # the default provider has it
    credentials = state.credentials
    done: dict[tuple[str, str], dict[str, Any]] = {}
    """Answers by user and query or request id: what is sent again does not run again."""

    running: set[str] = set()
    """Queries that nobody has asked after yet: the first to ask is told to come again."""

    def known(session: Session, id_: str) -> dict[str, Any] | None:
        return done.get((session.user.simple_name, id_))

    def remember(session: Session, id_: str, response: dict[str, Any]) -> None:
        done[session.user.simple_name, id_] = response
        while len(done) > REMEMBERED:
            done.pop(next(iter(done)))

    @app.post("/session/v1/login-request")
    def login() -> dict[str, Any]:
        data = sent().get("data") or {}
        made = credentials.login(data, request.args.to_dict())
        note("identity", made.session.user.simple_name)
        return success(login_data(state, made))

    @app.post("/session/token-request")
    def renew() -> dict[str, Any]:
        made = credentials.renew(header_token())
        return success(
            {
                "sessionToken": made.token,
                "validityInSecondsST": 3600,
                "masterToken": made.master,
                "validityInSecondsMT": 14400,
                "sessionId": made.session.id,
            }
        )

    @app.post("/session/heartbeat")
    def heartbeat() -> dict[str, Any]:
        here(credentials)
        return success(None)

    @app.post("/session")
    def close() -> dict[str, Any]:
        here(credentials)
        credentials.close(header_token())
        return success(None)

    @app.post("/queries/v1/query-request")
    def query() -> dict[str, Any]:
        session, body = here(credentials), sent()
        key = request.args.get("requestId", "")
        before = known(session, key) if key else None
        if before:
            return before
        text = str(body.get("sqlText", ""))
        scan = RESULT_SCAN.match(text)
        if scan:
            return known(session, scan[1]) or unknown_query(scan[1])
        id_ = str(uuid.uuid4())
        g.query_id = id_
        try:
            result = state.statements.run(session, text, body.get("bindings"))
            response = success(query_data(id_, session, result))
        except SqlError as error:
            response = failure(error.code, error.message, error.sqlstate, id_)
        remember(session, id_, response)
        if body.get("asyncExec") and response["success"]:
            running.add(id_)
            url = f"/queries/{id_}/result"
            data = {"queryId": id_, "getResultUrl": url, "progressDesc": None}
            response = success(data) | {"code": IN_PROGRESS}
        if key:
            remember(session, key, response)
        return response

    @app.get("/queries/<id_>/result")
    def result(id_: str) -> dict[str, Any]:
        return known(here(credentials), id_) or unknown_query(id_)

    @app.get("/monitoring/queries/<id_>")
    def monitoring(id_: str) -> dict[str, Any]:
        answer = known(here(credentials), id_)
        status = "SUCCESS" if answer and answer["success"] else "FAILED_WITH_ERROR"
        if id_ in running:
            running.remove(id_)
            status = "RUNNING"
        return success({"queries": [{"id": id_, "status": status}] if answer else []})

    @app.post("/queries/v1/abort-request")
    def abort() -> dict[str, Any]:
        here(credentials)
        return success(None)

    @app.post("/telemetry/send")
    def telemetry() -> dict[str, Any]:
        return success("Log Received")

    @app.get("/oauth/authorize")
    def authorize() -> AnyResponse:
        asked = request.args.to_dict()
        credentials.oauth.client_for_redirect(asked)  # if wrong: an error page, never a redirect
        try:
            reply = {"code": credentials.oauth.authorize(asked)}
        except OAuthError as error:
            reply = {"error": error.code, "error_description": error.message}
        if "state" in asked:
            reply["state"] = asked["state"]
        uri = asked["redirect_uri"]
        return redirect(f"{uri}{'&' if '?' in uri else '?'}{urlencode(reply)}")

    @app.post("/oauth/token-request")
    def token() -> dict[str, Any]:
        basic = request.authorization
        pair = None
        if basic and basic.type == "basic":
            pair = (basic.username or "", basic.password or "")
        form = request.form.to_dict()
        note("identity", pair[0] if pair else form.get("client_id"))
        return credentials.oauth.token(form, pair)

    @app.errorhandler(LoginError)
    def refuse(error: LoginError) -> dict[str, Any]:
        return failure(error.code, error.message, "08001")

    @app.errorhandler(OAuthError)
    def refuse_oauth(error: OAuthError) -> Response:
        nothing = {"data": None, "code": None, "success": False, "headers": None}
        response = jsonify({**nothing, "error": error.code, "message": error.message})
        response.status_code = 400
        return response

    @app.errorhandler(NotImplementedError)
    def unknown_statement(error: NotImplementedError) -> dict[str, Any]:
        note("not_emulated", True)
        return failure(2, f"sandbox: not emulated: {error}", "0A000", g.get("query_id", ""))

    @app.errorhandler(HTTPException)
    def unknown_path(error: HTTPException) -> tuple[dict[str, Any], int]:
        note("not_emulated", True)
        return failure(2, f"sandbox: {request.method} {request.path} is not emulated", "0A000"), 404

    @app.errorhandler(Exception)
    def broken(error: Exception) -> dict[str, Any]:
        logging.getLogger(__name__).exception("the emulation failed")
        note("not_emulated", True)
        return failure(603, f"sandbox: {type(error).__name__}: {error}", "XX000")

    return app


def sent() -> dict[str, Any]:
    body = request.get_json(force=True, silent=True)
    return body if isinstance(body, dict) else {}


def note(key: str, value: object) -> None:
    """For the journal."""
    request.environ.get("sandbox.notes", {})[key] = value


def header_token() -> str:
    found = re.search(r'Token="([^"]*)"', request.headers.get("Authorization", ""))
    return found[1] if found else ""


def here(credentials: Credentials) -> Session:
    session = credentials.session(header_token())
    note("identity", session.user.simple_name)
    return session


def success(data: object) -> dict[str, Any]:
    return {"data": data, "code": None, "message": None, "success": True}


def failure(code: int, message: str, sqlstate: str, query_id: str = "") -> dict[str, Any]:
    data = {
        "internalError": False,
        "errorCode": f"{code:06d}",
        "sqlState": sqlstate,
        "queryId": query_id,
        "line": -1,
        "pos": -1,
        "type": "",
    }
    return {"data": data, "code": f"{code:06d}", "message": message, "success": False}


def unknown_query(id_: str) -> dict[str, Any]:
    return failure(709, f"Statement {id_} not found", "02000")


def login_data(state: Snowflake, made: SignIn) -> dict[str, Any]:
    session = made.session
    return {
        "token": made.token,
        "masterToken": made.master,
        "validityInSeconds": 3600,
        "masterValidityInSeconds": 14400,
        "sessionId": session.id,
        "displayUserName": session.user.simple_name,
        "serverVersion": "sandbox",
        "firstLogin": False,
        "healthCheckInterval": 45,
        "responseData": None,
        "parameters": parameters(),
        "sessionInfo": {
            "databaseName": session.database,
            "schemaName": session.schema,
            "warehouseName": session.warehouse,
            "roleName": session.role,
        },
    }


def parameters() -> list[dict[str, Any]]:
    return [
        {"name": "TIMEZONE", "value": "UTC"},
        {"name": "CLIENT_TELEMETRY_ENABLED", "value": False},
        {"name": "CLIENT_SESSION_KEEP_ALIVE", "value": False},
        {"name": "AUTOCOMMIT", "value": True},
        {"name": "TIMESTAMP_OUTPUT_FORMAT", "value": "YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM"},
        {"name": "TIMESTAMP_NTZ_OUTPUT_FORMAT", "value": "YYYY-MM-DD HH24:MI:SS.FF3"},
        {"name": "DATE_OUTPUT_FORMAT", "value": "YYYY-MM-DD"},
        {"name": "TIME_OUTPUT_FORMAT", "value": "HH24:MI:SS"},
        {"name": "BINARY_OUTPUT_FORMAT", "value": "HEX"},
    ]


def query_data(id_: str, session: Session, result: Result) -> dict[str, Any]:
    return {
        "queryId": id_,
        "parameters": parameters(),
        "rowtype": [column(each) for each in result.columns],
        "rowset": result.rows,
        "total": len(result.rows),
        "returned": len(result.rows),
        "sqlState": "00000",
        "statementTypeId": result.statement_type_id,
        "version": 1,
        "queryResultFormat": "json",
        "numberOfBinds": 0,
        "arrayBindSupported": False,
        "finalDatabaseName": session.database,
        "finalSchemaName": session.schema,
        "finalWarehouseName": session.warehouse,
        "finalRoleName": session.role,
    }


def column(one: Column) -> dict[str, Any]:
    return {
        "name": one.name,
        "type": one.type.lower(),
        "nullable": one.nullable,
        "precision": one.precision,
        "scale": one.scale,
        "length": one.length,
        "byteLength": one.length,
        "database": "",
        "schema": "",
        "table": "",
        "collation": None,
    }
