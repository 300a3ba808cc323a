"""What every Databricks API shares: authentication, the shape of errors, and the OAuth endpoints.

Owns HTTP in general; the APIs themselves are in the `*_api.py` modules, what they do in the state.
"""

from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, g, jsonify, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from sandbox.databricks.directory import Principal, Workspace
from sandbox.databricks.errors import ApiError, OAuthError, denied
from sandbox.databricks.state import Databricks

ACCOUNT_API = "/api/2.0/accounts/"
PUBLIC = ("/oidc/", "/.well-known/")
SQL_SCOPE = ("/api/2.0/sql/", "/api/2.0/preview/sql/", "/api/2.0/permissions/")
# What identity alone opens, whatever the token's scopes.
ANY_SCOPE = ("/api/2.0/preview/scim/v2/Me",)


def caller() -> Principal:
    who: Principal = g.caller
    return who


def here() -> Workspace | None:
    """The workspace that was addressed; None on an account host."""
    workspace: Workspace | None = g.workspace
    return workspace


def body() -> dict[str, Any]:
    sent = request.get_json(force=True, silent=True)
    return sent if isinstance(sent, dict) else {}


def note_identity(name: str | None) -> None:
    """For the journal."""
    request.environ.get("sandbox.notes", {})["identity"] = name


def require_admin(state: Databricks) -> None:
    """Of the account on an account host, else of the workspace."""
    workspace = here()
    admin = state.directory.is_admin(caller(), workspace) if workspace else caller().account_admin
    if not admin:
        what = "workspace" if workspace else "account"
        raise denied(f"{caller().name} is not an admin of this {what}.")


def make_app(name: str, state: Databricks) -> Flask:
    app = Flask(name, static_folder=None)
    app.json.sort_keys = False  # type: ignore[attr-defined] # the default provider has it

    @app.before_request
    def authenticate() -> None:
        account = request.path.startswith(ACCOUNT_API)  # on a unified host
        g.workspace = None if account else state.directory.workspaces.get(request.host)
        if request.routing_exception or request.path.startswith(PUBLIC):
            return
        kind, _, value = request.headers.get("Authorization", "").partition(" ")
        known = state.access.identify(value, here()) if kind == "Bearer" else None
        if not known:
            message = "Credential was not sent or was of an unsupported type for this API."
            raise ApiError(401, "UNAUTHENTICATED", message)
        g.caller, token = known
        note_identity(caller().name)
        if (workspace := here()) and not state.directory.is_member(caller(), workspace):
            raise denied(f"{caller().name} is not a member of workspace {workspace.id}.")
        needed = {"all-apis"} | ({"sql"} if request.path.startswith(SQL_SCOPE) else set())
        if not needed & token.scopes and request.path not in ANY_SCOPE:
            scope = sorted(needed)[-1]
            raise denied(f"Provided OAuth token does not have required scopes: {scope}")

    @app.after_request
    def name_workspace(response: Response) -> Response:
        if workspace := here():
            response.headers["X-Databricks-Org-Id"] = str(workspace.id)
        return response

    @app.errorhandler(ApiError)
    def refuse(error: ApiError) -> Response:
        if "/scim/v2/" in request.path and error.status != 501:
            schema = "urn:ietf:params:scim:api:messages:2.0:Error"
            scim = {"schemas": [schema], "detail": error.message, "status": str(error.status)}
            return answer(scim, error.status)
        shape = {"error_code": error.code, "message": error.message, "details": []}
        return answer(shape, error.status)

    @app.errorhandler(OAuthError)
    def refuse_oauth(error: OAuthError) -> Response:
        shape = {"error": error.code, "error_description": error.description}
        return answer(shape, error.status)

    @app.errorhandler(HTTPException)
    def unknown(error: HTTPException) -> Response:
        if error.code not in (404, 405):
            return answer({"error_code": "BAD_REQUEST", "message": str(error)}, error.code or 500)
        message = f"sandbox: {request.method} {request.path} is not emulated"
        response = answer({"error_code": "NOT_IMPLEMENTED", "message": message}, 501)
        if request.path.startswith("/sql/1.0/"):
            # Thrift's clients read no other answer's body.
            response.headers["X-Thriftserver-Error-Message"] = f"{message} (Thrift)"
        return response

    return app


def answer(content: object, status: int) -> Response:
    response = jsonify(content)
    response.status_code = status
    return response


def add_oauth(app: Flask, prefix: str) -> None:
    """The token and consent endpoints below `prefix`, which may hold an account id."""
    state: Databricks = app.config["state"]

    @app.get(f"{prefix}/.well-known/oauth-authorization-server")
    def discovery(account_id: str = "") -> dict[str, Any]:
        check_account(state, account_id)
        base = f"https://{request.host}{prefix.replace('<account_id>', account_id)}"
        return {
            "issuer": base,
            "authorization_endpoint": f"{base}/v1/authorize",
            "token_endpoint": f"{base}/v1/token",
            "code_challenge_methods_supported": ["S256"],
            "grant_types_supported": ["client_credentials", "authorization_code", "refresh_token"],
        }

    @app.get(f"{prefix}/v1/authorize")
    def authorize(account_id: str = "") -> AnyResponse:
        check_account(state, account_id)
        query = request.args.to_dict()
        state.access.app_for_redirect(query)  # unregistered: an error page, never a redirect
        try:
            reply = {"code": state.access.authorize(query, here())}
        except OAuthError as error:
            reply = {"error": error.code, "error_description": error.description}
        if "state" in query:
            reply["state"] = query["state"]
        uri = query["redirect_uri"]
        return redirect(f"{uri}{'&' if '?' in uri else '?'}{urlencode(reply)}")

    @app.post(f"{prefix}/v1/token")
    def token(account_id: str = "") -> dict[str, Any]:
        check_account(state, account_id)
        sent = request.authorization
        basic = None
        if sent and sent.type == "basic":
            basic = (sent.username or "", sent.password or "")
        form = request.form.to_dict()
        note_identity(basic[0] if basic else form.get("client_id"))
        return state.access.token(form, basic, here())


def check_account(state: Databricks, account_id: str) -> None:
    if account_id not in ("", state.account_id):
        raise ApiError(404, "RESOURCE_DOES_NOT_EXIST", f"Account {account_id} does not exist.")
