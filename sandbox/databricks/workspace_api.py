"""A workspace's API: SQL warehouses and their permissions, Unity Catalog, tokens, SQL statements.

Owns paths and shapes; SCIM and OAuth are added from their own modules.
"""

from typing import Any

from flask import Flask, request

from sandbox.databricks.access import Token
from sandbox.databricks.directory import Workspace
from sandbox.databricks.errors import denied, invalid, missing, page
from sandbox.databricks.scim_api import add_scim
from sandbox.databricks.state import Databricks
from sandbox.databricks.statements_api import add_statements
from sandbox.databricks.unity import Securable
from sandbox.databricks.warehouses import NAME_KEYS, Warehouse, render_entries
from sandbox.databricks.ways_api import add_addresses
from sandbox.databricks.web import add_oauth, body, caller, here, make_app, require_admin

UC = "/api/2.1/unity-catalog"
WAREHOUSES = "/api/2.0/sql/warehouses"
TOKENS = "/api/2.0/token-management"


def workspace_app(state: Databricks) -> Flask:
    app = make_app("databricks-workspace", state)
    app.config["state"] = state
    add_oauth(app, "/oidc")
    add_scim(app, "/api/2.0/preview/scim/v2")
    add_warehouses(app, state)
    add_permissions(app, state)
    add_grants(app, state)
    add_catalog(app, state)
    add_tokens(app, state)
    add_addresses(app, state)
    add_statements(app, state)

    @app.get("/.well-known/databricks-config")
    def config() -> dict[str, Any]:
        return {
            "oidc_endpoint": f"https://{request.host}/oidc",
            "account_id": state.account_id,
            "workspace_id": str(workspace().id),
            **state.host_type("workspace"),
        }

    return app


def workspace() -> Workspace:
    found = here()
    assert found is not None  # noqa: S101 - this app is only reached through a workspace's host
    return found


def add_warehouses(app: Flask, state: Databricks) -> None:
    def find(id_: str, level: str) -> Warehouse:
        found = state.warehouses.get(id_, workspace())
        state.warehouses.require(caller(), found, level)
        return found

    def visible() -> list[Warehouse]:
        mine = [w for w in state.warehouses.all.values() if w.workspace is workspace()]
        return [w for w in mine if state.warehouses.level(caller(), w) >= 0]

    @app.get(WAREHOUSES)
    def list_warehouses() -> dict[str, Any]:
        return {"warehouses": [w.render() for w in visible()]}

    @app.post(WAREHOUSES)
    def create_warehouse() -> dict[str, Any]:
        require_admin(state)
        return {"id": state.warehouses.add(workspace(), body(), caller().name).id}

    @app.get(f"{WAREHOUSES}/<id_>")
    def get_warehouse(id_: str) -> dict[str, Any]:
        return find(id_, "CAN_VIEW").render()

    @app.post(f"{WAREHOUSES}/<id_>/edit")
    def edit_warehouse(id_: str) -> dict[str, Any]:
        find(id_, "CAN_MANAGE").settings |= {k: v for k, v in body().items() if k != "id"}
        return {}

    @app.delete(f"{WAREHOUSES}/<id_>")
    def delete_warehouse(id_: str) -> dict[str, Any]:
        del state.warehouses.all[find(id_, "CAN_MANAGE").id]
        return {}

    @app.get("/api/2.0/sql/config/warehouses")
    def workspace_config() -> dict[str, Any]:
        require_admin(state)
        serverless = state.warehouses.serverless
        return {
            "security_policy": "DATA_ACCESS_CONTROL",
            "enable_serverless_compute": serverless,
            "enabled_warehouse_types": [{"warehouse_type": "PRO", "enabled": True}],
        }

    @app.get("/api/2.0/preview/sql/data_sources")
    def data_sources() -> str:
        shown = [
            {"id": w.data_source_id, "warehouse_id": w.id, "name": w.settings["name"]}
            for w in visible()
        ]
        return app.json.dumps(shown)


def add_permissions(app: Flask, state: Databricks) -> None:
    warehouses = state.warehouses

    # The plugin uses one path, the SDK the other.
    @app.route("/api/2.0/permissions/warehouses/<id_>", methods=["GET", "PUT", "PATCH"])
    @app.route("/api/2.0/permissions/sql/warehouses/<id_>", methods=["GET", "PUT", "PATCH"])
    def permissions(id_: str) -> dict[str, Any]:
        found = warehouses.get(id_, workspace())
        warehouses.require(caller(), found, "CAN_VIEW" if request.method == "GET" else "CAN_MANAGE")
        entries = body().get("access_control_list") or []
        if request.method == "PUT":
            warehouses.put(found, entries)
        elif request.method == "PATCH":
            warehouses.patch(found, entries)
        return warehouses.render_acl(found)


def add_grants(app: Flask, state: Databricks) -> None:
    def paged(entries: list[dict[str, Any]]) -> dict[str, Any]:
        sizes = request.args.get("max_results"), request.args.get("page_token")
        return page(entries, "privilege_assignments", *sizes)

    def allowed(target: Securable, only: str | None) -> str | None:
        """Whoever may not manage it sees what it holds there itself, and no group's either."""
        if state.unity.manages(caller(), target):
            return only
        if only not in (None, caller().name) or not state.unity.sees(caller(), target):
            state.unity.require_manager(caller(), target)
        return caller().name

    def shown(target: Securable, only: str | None) -> dict[str, Any]:
        only = allowed(target, only)
        # Sets, hence in no fixed order: the real API promises none either.
        return paged(
            [
                {"principal": p, "privileges": list(held)}
                for p, held in target.grants.items()
                if only in (None, p)
            ]
        )

    @app.get(f"{UC}/permissions/<kind>/<name>")
    def get_grants(kind: str, name: str) -> dict[str, Any]:
        return shown(state.unity.get(kind.lower(), name), request.args.get("principal"))

    @app.patch(f"{UC}/permissions/<kind>/<name>")
    def update_grants(kind: str, name: str) -> dict[str, Any]:
        target = state.unity.get(kind.lower(), name)
        state.unity.update(caller(), target, body().get("changes") or [])
        return shown(target, None)

    @app.get(f"{UC}/effective-permissions/<kind>/<name>")
    def effective(kind: str, name: str) -> dict[str, Any]:
        target = state.unity.get(kind.lower(), name)
        only = allowed(target, request.args.get("principal"))
        return paged(state.unity.effective(target, only))


def add_catalog(app: Flask, state: Databricks) -> None:
    unity = state.unity

    def render(one: Securable) -> dict[str, Any]:
        parts = one.full_name.split(".")
        above = dict(zip(("catalog_name", "schema_name"), parts[:-1], strict=False))
        table: dict[str, Any] = {"table_type": "MANAGED"} if one.kind == "table" else {}
        if one.reads is not None:
            read = [{"table": {"table_full_name": name}} for name in one.reads]
            told = {} if one.untold else {"view_dependencies": {"dependencies": read}}
            table = {"table_type": "VIEW", **told}
        own = {"name": one.name, "full_name": one.full_name, "owner": one.owner}
        return own | above | table | {"metastore_id": unity.metastore.full_name}

    def listed(kind: str, parent: str = "", *, models: bool = False) -> dict[str, Any]:
        shows = unity.sees if request.args.get("include_browse") == "true" else unity.uses
        every = [s for s in unity.children(kind, parent) if s.model == models]
        found = [s for s in every if shows(caller(), s)]
        sizes = request.args.get("max_results"), request.args.get("page_token")
        return page([render(s) for s in found], f"{kind}s", *sizes)

    in_the_metastore = (
        "'external-locations','storage-credentials',connections,credentials,shares,recipients,"
        "providers"
    )
    kinds_with_a_name = f"catalogs,schemas,tables,volumes,functions,{in_the_metastore}"

    @app.get(f"{UC}/<any({kinds_with_a_name}):kinds>/<name>")
    def get_securable(kinds: str, name: str) -> dict[str, Any]:
        found = unity.get(kinds[:-1].replace("-", "_"), name)
        if not unity.sees(caller(), found):
            raise denied(f"User does not have BROWSE on {found}.")
        return render(found)

    @app.get(f"{UC}/catalogs")
    def catalogs() -> dict[str, Any]:
        return listed("catalog")

    @app.get(f"{UC}/schemas")
    def schemas() -> dict[str, Any]:
        return listed("schema", unity.get("catalog", request.args["catalog_name"]).full_name)

    @app.get(f"{UC}/<any(tables,volumes,functions):kinds>")
    def in_a_schema(kinds: str) -> dict[str, Any]:
        schema = f"{request.args['catalog_name']}.{request.args['schema_name']}"
        return listed(kinds[:-1], unity.get("schema", schema).full_name)

    @app.get(f"{UC}/<any({in_the_metastore}):kinds>")
    def of_the_metastore(kinds: str) -> dict[str, Any]:
        kind = kinds[:-1].replace("-", "_")
        return {kinds.replace("-", "_"): listed(kind)[f"{kind}s"]}

    @app.get(f"{UC}/models")
    def models() -> dict[str, Any]:
        schema = f"{request.args['catalog_name']}.{request.args['schema_name']}"
        found = listed("function", unity.get("schema", schema).full_name, models=True)
        return {"registered_models": found.pop("functions"), **found}

    @app.get(f"{UC}/metastore_summary")
    @app.get(f"{UC}/current-metastore-assignment")
    def metastore() -> dict[str, Any]:
        summary = {"metastore_id": unity.metastore.full_name, "workspace_id": workspace().id}
        return summary | {"name": "sandbox", "owner": unity.metastore.owner}


def add_tokens(app: Flask, state: Databricks) -> None:
    def info(pat: Token) -> dict[str, Any]:
        return {
            "token_id": pat.pat_id,
            "creation_time": int(pat.created * 1000),
            "expiry_time": int(pat.expires * 1000) if pat.expires else -1,
            "comment": pat.comment,
            "owner_id": pat.principal,
            "created_by_id": pat.creator.id if pat.creator else None,
            "created_by_username": pat.creator.name if pat.creator else None,
        }

    def find(token_id: str) -> Token:
        require_admin(state)
        for pat in state.access.pats(workspace()):
            if pat.pat_id == token_id:
                return pat
        raise missing(f"Token with id {token_id} does not exist.")

    @app.route("/api/2.0/permissions/authorization/tokens", methods=["GET", "PUT", "PATCH"])
    def token_permissions() -> dict[str, Any]:
        require_admin(state)
        acl = workspace().token_acl
        if request.method == "PUT":
            acl.clear()  # everybody who is not listed, and with them their tokens' use
        for entry in body().get("access_control_list") or []:
            name = next((str(entry[key]) for key in NAME_KEYS.values() if entry.get(key)), "")
            who = state.directory.named(name)
            if not who or not (who.system or state.directory.is_member(who, workspace())):
                raise missing(f"Principal: {name} does not exist in this workspace.")
            acl[name] = str(entry.get("permission_level"))
        return {
            "object_id": "/authorization/tokens",
            "object_type": "tokens",
            "access_control_list": render_entries(acl, state.directory),
        }

    @app.post(f"{TOKENS}/on-behalf-of/tokens")
    def create_token() -> dict[str, Any]:
        require_admin(state)
        sent = body()
        who = state.directory.named(str(sent.get("application_id")))
        if not who or who.kind != "service_principal":
            raise missing(f"Service principal {sent.get('application_id')} does not exist.")
        if not state.directory.is_member(who, workspace()):
            raise invalid(f"Principal {who.id} not in workspace.")
        if not state.directory.names_of(who, workspace()) & workspace().token_acl.keys():
            raise denied(f"Principal {who.name} is not permitted to use personal access tokens.")
        seconds = int(sent["lifetime_seconds"]) if sent.get("lifetime_seconds") else None
        comment = str(sent.get("comment") or "")
        pat = state.access.create_pat(who, workspace(), seconds, comment, caller())
        return {"token_value": pat.value, "token_info": info(pat)}

    @app.get("/api/2.0/token/list")
    def own_tokens() -> dict[str, Any]:
        mine = [pat for pat in state.access.pats(workspace()) if pat.principal == caller().id]
        return {"token_infos": [info(pat) for pat in mine]}

    @app.get(f"{TOKENS}/tokens")
    def list_tokens() -> dict[str, Any]:
        require_admin(state)
        return {"token_infos": [info(pat) for pat in state.access.pats(workspace())]}

    @app.get(f"{TOKENS}/tokens/<token_id>")
    def get_token(token_id: str) -> dict[str, Any]:
        return {"token_info": info(find(token_id))}

    @app.delete(f"{TOKENS}/tokens/<token_id>")
    def delete_token(token_id: str) -> dict[str, Any]:
        del state.access.tokens[find(token_id).value]
        return {}
