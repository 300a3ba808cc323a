"""By which others become a service principal, and from where: roles on it, federation, addresses.

Owns the paths and shapes of rule sets, federation policies and IP access lists. What a role or a
federated token opens is not emulated.
"""

import hashlib
import json
from typing import Any

from flask import Flask, request

from sandbox.databricks.access import MANAGER, Federation
from sandbox.databricks.directory import IpList, Workspace
from sandbox.databricks.errors import ApiError, invalid, missing
from sandbox.databricks.state import Databricks
from sandbox.databricks.web import body, caller, here, require_admin

ACCOUNT = "/api/2.0/accounts/<account_id>"
FEDERATION = f"{ACCOUNT}/federationPolicies"
OF_A_PRINCIPAL = f"{ACCOUNT}/servicePrincipals/<principal_id>/federationPolicies"
RULE_SETS = "/api/2.0/preview/accounts/<account_id>/access-control/rule-sets"
IP_LISTS = "/api/2.0/ip-access-lists"
IP_LISTS_ON = "enableIpAccessLists"


def add_rule_sets(app: Flask, state: Databricks) -> None:
    def known(name: str) -> dict[str, list[str]]:
        parts = name.split("/")
        if len(parts) != 6 or (parts[2], parts[4:]) != (
            "servicePrincipals",
            ["ruleSets", "default"],
        ):
            raise ApiError(501, "NOT_IMPLEMENTED", f"sandbox: rule set {name} is not emulated")
        who = state.directory.named(parts[3])
        if not who:
            raise missing(f"Service principal {parts[3]} does not exist.")
        rules = state.access.rule_sets.setdefault(who.name, {})
        if f"{caller().name}" not in [each.partition("/")[2] for each in rules.get(MANAGER, [])]:
            require_admin(state)
        return rules

    def render(name: str, rules: dict[str, list[str]]) -> dict[str, Any]:
        shown = [{"role": role, "principals": who} for role, who in rules.items() if who]
        etag = hashlib.sha256(json.dumps(shown).encode()).hexdigest()
        return {"name": name, "etag": etag, "grant_rules": shown}

    @app.get(RULE_SETS)
    def get_rule_set() -> dict[str, Any]:
        name = request.args["name"]
        return render(name, known(name))

    @app.put(RULE_SETS)
    def put_rule_set() -> dict[str, Any]:
        """All of it: who is not sent loses the role."""
        name, sent = str(body().get("name")), body().get("rule_set") or {}
        rules = known(name)
        if sent.get("etag") != render(name, rules)["etag"]:
            raise ApiError(409, "RESOURCE_CONFLICT", f"{name} was changed in between.")
        rules.clear()
        for each in sent.get("grant_rules") or []:
            rules[str(each["role"])] = [str(who) for who in each.get("principals") or []]
        return render(name, rules)


def add_federation(app: Flask, state: Databricks) -> None:
    def listed(principal: int | None) -> dict[str, Any]:
        require_admin(state)
        found = [f for f in state.access.federations.values() if f.principal == principal]
        return {"policies": [render(each) for each in found]}

    def render(one: Federation) -> dict[str, Any]:
        about = {"issuer": one.issuer, "audiences": [state.account_id]}
        about |= {"subject": one.subject} if one.subject else {"subject_claim": "sub"}
        return {"policy_id": one.id, "uid": one.id, "oidc_policy": about}

    def remove(policy_id: str, principal: int | None) -> dict[str, Any]:
        require_admin(state)
        found = state.access.federations.get(policy_id)
        if not found or found.principal != principal:
            raise missing(f"Federation policy {policy_id} does not exist.")
        del state.access.federations[policy_id]
        return {}

    @app.get(FEDERATION)
    def list_federation() -> dict[str, Any]:
        return listed(None)

    @app.delete(f"{FEDERATION}/<policy_id>")
    def delete_federation(policy_id: str) -> dict[str, Any]:
        return remove(policy_id, None)

    @app.get(OF_A_PRINCIPAL)
    def list_of_a_principal(principal_id: str) -> dict[str, Any]:
        return listed(state.directory.get(principal_id, "service_principal").id)

    @app.delete(f"{OF_A_PRINCIPAL}/<policy_id>")
    def delete_of_a_principal(principal_id: str, policy_id: str) -> dict[str, Any]:
        return remove(policy_id, state.directory.get(principal_id, "service_principal").id)


def add_addresses(app: Flask, state: Databricks) -> None:
    def workspace() -> Workspace:
        require_admin(state)
        found = here()
        assert found is not None  # noqa: S101 - this app is only reached through a workspace's host
        return found

    def render(one: IpList) -> dict[str, Any]:
        return {
            "list_id": one.id,
            "label": one.label,
            "list_type": one.kind,
            "ip_addresses": one.addresses,
            "address_count": len(one.addresses),
            "enabled": one.enabled,
        }

    @app.get(IP_LISTS)
    def list_addresses() -> dict[str, Any]:
        return {"ip_access_lists": [render(each) for each in workspace().ip_lists.values()]}

    @app.delete(f"{IP_LISTS}/<list_id>")
    def delete_addresses(list_id: str) -> dict[str, Any]:
        if list_id not in workspace().ip_lists:
            raise missing(f"IP access list {list_id} does not exist.")
        del workspace().ip_lists[list_id]
        return {}

    @app.get("/api/2.0/workspace-conf")
    def conf() -> dict[str, Any]:
        keys = str(request.args.get("keys")).split(",")
        if keys != [IP_LISTS_ON]:
            raise invalid(f"Invalid keys: {keys}")
        return {IP_LISTS_ON: str(workspace().ip_lists_on).lower()}
