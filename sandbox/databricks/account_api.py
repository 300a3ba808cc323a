"""The account's API: OAuth apps, service principal secrets, workspace assignments.

Owns paths and shapes of `accounts.*`; SCIM and OAuth are added from their own modules.
"""

import hashlib
from datetime import UTC, datetime
from typing import Any

from flask import Flask, request

from sandbox.databricks.access import Integration, Secret
from sandbox.databricks.directory import Principal, Workspace
from sandbox.databricks.errors import page
from sandbox.databricks.scim_api import add_scim
from sandbox.databricks.state import Databricks
from sandbox.databricks.ways_api import add_federation, add_rule_sets
from sandbox.databricks.web import add_oauth, body, caller, check_account, make_app, require_admin

ACCOUNT = "/api/2.0/accounts/<account_id>"
APPS = f"{ACCOUNT}/oauth2/custom-app-integrations"
SECRETS = f"{ACCOUNT}/servicePrincipals/<id_>/credentials/secrets"
ASSIGNMENTS = f"{ACCOUNT}/workspaces/<workspace_id>/permissionassignments"


def account_app(state: Databricks) -> Flask:
    app = make_app("databricks-account", state)
    app.config["state"] = state

    @app.url_value_preprocessor
    def account(endpoint: str | None, values: dict[str, Any] | None) -> None:
        """The account's id is checked once, and no route has to take it."""
        if values and request.path.startswith("/api/"):
            check_account(state, values.pop("account_id", ""))

    add_oauth(app, "/oidc/accounts/<account_id>")
    add_scim(app, f"{ACCOUNT}/scim/v2")
    add_integrations(app, state)
    add_secrets(app, state)
    add_assignments(app, state)
    add_rule_sets(app, state)
    add_federation(app, state)

    @app.get("/.well-known/databricks-config")
    def config() -> dict[str, Any]:
        oidc = f"https://{request.host}/oidc/accounts/{{account_id}}"
        told = {"oidc_endpoint": oidc, "account_id": state.account_id}
        return told | state.host_type("account")

    return app


def add_integrations(app: Flask, state: Databricks) -> None:
    @app.post(APPS)
    def create_app() -> dict[str, Any]:
        require_admin(state)
        new = state.access.create_integration(body(), caller())
        shown = {"integration_id": new.id, "client_id": new.client_id}
        return shown | ({"client_secret": new.client_secret} if new.client_secret else {})

    @app.get(APPS)
    def list_apps() -> dict[str, Any]:
        require_admin(state)
        apps = [render_app(one) for one in state.access.integrations.values()]
        return page(apps, "apps", request.args.get("page_size"), request.args.get("page_token"))

    @app.get(f"{APPS}/<app_id>")
    def get_app(app_id: str) -> dict[str, Any]:
        require_admin(state)
        return render_app(state.access.integration(app_id))

    @app.patch(f"{APPS}/<app_id>")
    def update_app(app_id: str) -> dict[str, Any]:
        require_admin(state)
        state.access.update_integration(app_id, body())
        return {}

    @app.delete(f"{APPS}/<app_id>")
    def delete_app(app_id: str) -> dict[str, Any]:
        require_admin(state)
        state.access.delete_integration(app_id)
        return {}


def add_secrets(app: Flask, state: Databricks) -> None:
    def principal(id_: str) -> Principal:
        require_admin(state)
        return state.directory.get(id_, "service_principal")

    @app.post(SECRETS)
    def create_secret(id_: str) -> dict[str, Any]:
        new = state.access.create_secret(principal(id_), body().get("lifetime"))
        return render_secret(new) | {"secret": new.value}

    @app.get(SECRETS)
    def list_secrets(id_: str) -> dict[str, Any]:
        known = [render_secret(s) for s in state.access.secrets.get(principal(id_).id, [])]
        return page(known, "secrets", request.args.get("page_size"), request.args.get("page_token"))

    @app.delete(f"{SECRETS}/<secret_id>")
    def delete_secret(id_: str, secret_id: str) -> dict[str, Any]:
        state.access.delete_secret(principal(id_), secret_id)
        return {}


def add_assignments(app: Flask, state: Databricks) -> None:
    people = state.directory

    def render(one: Workspace) -> dict[str, Any]:
        return {
            "account_id": state.account_id,
            "workspace_id": one.id,
            "deployment_name": one.host.partition(".")[0],
            "workspace_name": one.host.partition(".")[0],
            "workspace_status": "RUNNING",
        }

    @app.get(f"{ACCOUNT}/workspaces")
    def workspaces() -> str:
        require_admin(state)
        return app.json.dumps([render(one) for one in people.workspaces.values()])

    @app.get(f"{ACCOUNT}/workspaces/<workspace_id>")
    def workspace(workspace_id: str) -> dict[str, Any]:
        require_admin(state)
        return render(people.workspace(workspace_id))

    @app.get(ASSIGNMENTS)
    def list_assignments(workspace_id: str) -> dict[str, Any]:
        require_admin(state)
        members = people.workspace(workspace_id).members
        shown = [render_assignment(people.get(i), m.permission) for i, m in members.items()]
        return {"permission_assignments": shown}

    @app.put(f"{ASSIGNMENTS}/principals/<id_>")
    def assign(workspace_id: str, id_: str) -> dict[str, Any]:
        require_admin(state)
        who, workspace = people.get(id_), people.workspace(workspace_id)
        people.assign(who, workspace, body().get("permissions") or [])
        return render_assignment(who, workspace.members[who.id].permission)

    @app.delete(f"{ASSIGNMENTS}/principals/<id_>")
    def unassign(workspace_id: str, id_: str) -> dict[str, Any]:
        require_admin(state)
        state.leave_workspace(people.get(id_), people.workspace(workspace_id))
        return {}


def render_app(one: Integration) -> dict[str, Any]:
    return one.settings | {
        "integration_id": one.id,
        "client_id": one.client_id,
        "confidential": bool(one.settings.get("confidential")),
        "created_by": one.creator.id,
        "creator_username": one.creator.name,
        "create_time": timestamp(one.created),
    }


def render_secret(one: Secret) -> dict[str, Any]:
    return {
        "id": one.id,
        "secret_hash": hashlib.sha256(one.value.encode()).hexdigest(),
        "status": "ACTIVE",
        "create_time": timestamp(one.created),
        "update_time": timestamp(one.created),
        "expire_time": timestamp(one.expires),
    }


def render_assignment(who: Principal, permission: str) -> dict[str, Any]:
    key = {"user": "user_name", "group": "group_name"}.get(who.kind, "service_principal_name")
    principal = {"principal_id": who.id, "display_name": who.display_name, key: who.name}
    return {"permissions": [permission], "principal": principal}


def timestamp(seconds: float) -> str:
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
