"""SCIM 2.0, for the account and for a workspace.

Owns the shape of users, groups and service principals on the wire, and what PUT and PATCH change.
Creating and deleting is emulated for service principals only.
"""

import re
from typing import Any

from flask import Flask, request

from sandbox.databricks.access import MANAGER
from sandbox.databricks.directory import Kind, Principal, Workspace, ruled
from sandbox.databricks.errors import ApiError, invalid, missing
from sandbox.databricks.state import Databricks
from sandbox.databricks.web import body, caller, here, require_admin

SCHEMAS = "urn:ietf:params:scim:schemas:core:2.0:"
KINDS: dict[str, Kind] = {
    "ServicePrincipals": "service_principal",
    "Users": "user",
    "Groups": "group",
}
CHOSEN = re.compile(r"""(\w+)\[value eq "([^"]*)"\]""")
"""One of several values, as PATCH names it."""
FILTER = re.compile(r"""(\w+) eq ["']?([^"']*)["']?""", re.IGNORECASE)


def add_scim(app: Flask, prefix: str) -> None:
    state: Databricks = app.config["state"]
    one = f"{prefix}/<any(ServicePrincipals,Users,Groups):kind>/<id_>"

    def find(kind: str, id_: str) -> Principal:
        who = state.directory.get(id_, KINDS[kind])
        workspace = here()
        if workspace and not state.directory.visible(who, workspace):
            raise missing(f"{kind[:-1]} with id {id_} not found.")
        return who

    @app.get(f"{prefix}/<any(ServicePrincipals,Users,Groups):kind>")
    def list_(kind: str) -> dict[str, Any]:
        workspace = here()
        found = [p for p in state.directory.principals.values() if p.kind == KINDS[kind]]
        if workspace:
            found = [p for p in found if state.directory.visible(p, workspace)]
        else:
            require_admin(state)
            found = [p for p in found if not p.system]
        shown = [p for p in found if matches(p, request.args.get("filter"))]
        start = max(int(request.args.get("startIndex", 1)), 1)
        wanted = shown[start - 1 :][: int(request.args.get("count", 100))]
        return {
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": len(shown),
            "startIndex": start,
            "itemsPerPage": len(wanted),
            "Resources": [render(state, p) for p in wanted],
        }

    @app.get(one)
    def get(kind: str, id_: str) -> dict[str, Any]:
        if here() is None:
            require_admin(state)
        return render(state, find(kind, id_))

    @app.post(f"{prefix}/ServicePrincipals")
    def create() -> tuple[dict[str, Any], int]:
        require_admin(state)
        sent, workspace = body(), here()
        who = state.directory.add(
            "service_principal", str(sent.get("displayName", "")), sent.get("applicationId")
        )
        # https://docs.databricks.com/aws/en/security/auth/access-control/service-principal-acl
        state.access.rule_sets[who.name] = {MANAGER: [ruled(caller())]}
        if workspace:
            state.directory.assign(who, workspace, ["USER"])
            workspace.members[who.id].unseen = 0  # made here, so known here
        replace(state, who, sent, workspace)
        return render(state, who), 201

    @app.put(one)
    def put(kind: str, id_: str) -> dict[str, Any]:
        require_admin(state)
        who = find(kind, id_)
        if kind != "ServicePrincipals":
            raise ApiError(501, "NOT_IMPLEMENTED", f"sandbox: PUT {kind} is not emulated")
        if sent_id := body().get("applicationId"):
            who.name = str(sent_id)
        replace(state, who, body(), here())
        return render(state, who)

    @app.patch(one)
    def patch(kind: str, id_: str) -> dict[str, Any]:
        require_admin(state)
        who = find(kind, id_)
        for operation in body().get("Operations", []):
            apply(state, who, operation, here())
        return render(state, who)

    @app.delete(f"{prefix}/ServicePrincipals/<id_>")
    def delete(id_: str) -> tuple[str, int]:
        require_admin(state)
        workspace, who = here(), find("ServicePrincipals", id_)
        if workspace:
            state.leave_workspace(who, workspace)
        else:
            state.delete_principal(who)
        return "", 204

    if prefix.startswith("/api/2.0/preview"):

        @app.get(f"{prefix}/Me")
        def me() -> dict[str, Any]:
            who = render(state, caller(), everything=True)
            return who | {"userName": caller().name, "emails": [{"value": caller().name}]}


def matches(who: Principal, text: str | None) -> bool:
    if not text:
        return True
    parts = FILTER.fullmatch(text.strip())
    if not parts:
        raise invalid(f"invalidFilter: {text}")
    known = {
        "id": str(who.id),
        "displayname": who.display_name,
        "username": who.name,
        "applicationid": who.name,
        "externalid": who.external_id,
    }
    return str(known.get(parts[1].lower())).lower() == parts[2].lower()


def render(state: Databricks, who: Principal, *, everything: bool = False) -> dict[str, Any]:
    workspace = here()
    entitlements = workspace.entitlements.get(who.id, set()) if workspace else set()
    name_key = {"service_principal": "applicationId", "user": "userName"}.get(who.kind)
    members = [state.directory.principals[i] for i in sorted(who.members)]
    groups = state.directory.groups_of(who, workspace)
    if workspace:
        # A workspace knows its own groups and those of the account that are assigned to it.
        groups = [g for g in groups if g.system or g.id in workspace.members]
    full: dict[str, Any] = {
        "displayName": who.display_name,
        "active": who.active if who.kind != "group" else None,
        "externalId": who.external_id,
        "entitlements": [{"value": e} for e in sorted(entitlements)],
        "groups": [{"value": str(x.id), "display": x.display_name} for x in groups],
        "members": [{"value": str(m.id), "display": m.display_name} for m in members],
        "roles": [{"value": "account_admin"}] if who.account_admin and not workspace else [],
    }
    asked = None if everything else request.args.get("attributes")
    wanted = {a.partition(".")[0] for a in asked.split(",")} if asked else full.keys()
    schema = {"service_principal": "ServicePrincipal", "user": "User", "group": "Group"}[who.kind]
    shown: dict[str, Any] = {"schemas": [SCHEMAS + schema], "id": str(who.id)}
    if name_key:  # always there, asked for or not: the plugin relies on it
        shown[name_key] = who.name
    return shown | {k: v for k, v in full.items() if k in wanted and v not in (None, [])}


def replace(
    state: Databricks, who: Principal, sent: dict[str, Any], workspace: Workspace | None
) -> None:
    """POST and PUT: the whole object; what is not sent is gone."""
    who.display_name = str(sent.get("displayName") or who.display_name)
    who.external_id = sent.get("externalId")
    who.active = truth(sent.get("active", True))
    if workspace:
        state.directory.set_entitlements(who, workspace, values(sent.get("entitlements")))
    else:
        # A trap of the real API, kept at its worst: entitlements set elsewhere do not survive.
        for one in state.directory.workspaces.values():
            one.entitlements.pop(who.id, None)


def apply(
    state: Databricks, who: Principal, operation: dict[str, Any], workspace: Workspace | None
) -> None:
    op, path, value = (
        str(operation.get("op")).lower(),
        operation.get("path"),
        operation.get("value"),
    )
    if chosen := CHOSEN.fullmatch(str(path or "")):
        path, value = chosen[1], chosen[2]
    if not path and isinstance(value, dict):
        for key, part in value.items():
            apply(state, who, {"op": op, "path": key, "value": part}, workspace)
    elif path == "active" and op in ("add", "replace"):
        who.active = truth(value)
    elif path == "displayName" and op in ("add", "replace"):
        who.display_name = " ".join(values(value))
    elif path == "externalId":
        who.external_id = " ".join(values(value)) or None if op != "remove" else None
    elif path == "entitlements" and workspace:
        known, sent = workspace.entitlements.get(who.id, set()), values(value)
        new = {"add": known | sent, "replace": sent, "remove": known - (sent or known)}.get(op)
        if new is None:
            raise invalid(f"{op} is not a SCIM operation.")
        state.directory.set_entitlements(who, workspace, new)
    elif path == "members" and who.kind == "group" and op in ("add", "remove"):
        ids = {state.directory.get(each).id for each in values(value)}
        who.members = who.members | ids if op == "add" else who.members - ids
    elif path == "roles" and not workspace and values(value) == {"account_admin"}:
        who.account_admin = op != "remove"
    else:
        what = f"No such attribute with the name : {path} in the current resource"
        raise invalid(f"invalidPath {what}")


def values(value: Any) -> set[str]:
    items = value if isinstance(value, list) else [value]
    texts = (i.get("value") if isinstance(i, dict) else i for i in items)
    return {str(t) for t in texts if t not in (None, "")}


def truth(value: Any) -> bool:
    return values(value) == {"True"} or values(value) == {"true"}
