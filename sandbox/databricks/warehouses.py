"""SQL warehouses and their access control lists.

Owns what PUT and PATCH do to a list, and who may use a warehouse. It does not own SQL
(`statements.py`).
"""

import itertools
import secrets
from dataclasses import dataclass, field
from typing import Any

from sandbox.databricks.directory import Directory, Principal, Workspace
from sandbox.databricks.errors import denied, invalid, missing

LEVELS = ("CAN_VIEW", "CAN_USE", "CAN_MONITOR", "CAN_MANAGE", "IS_OWNER")
DEFAULTS: dict[str, Any] = {
    "cluster_size": "Small",
    "auto_stop_mins": 120,
    "enable_photon": True,
    "enable_serverless_compute": False,
    "min_num_clusters": 1,
    "max_num_clusters": 1,
    "spot_instance_policy": "COST_OPTIMIZED",
    "warehouse_type": "PRO",
    "channel": {"name": "CHANNEL_NAME_CURRENT"},
}
NAME_KEYS = {
    "user": "user_name",
    "service_principal": "service_principal_name",
    "group": "group_name",
}


@dataclass
class Warehouse:
    id: str
    data_source_id: str
    workspace: Workspace
    creator: str
    settings: dict[str, Any]
    acl: dict[str, str] = field(default_factory=dict)
    """Principal's name -> level: the direct entries. The admins' CAN_MANAGE is inherited."""

    def render(self) -> dict[str, Any]:
        path = f"/sql/1.0/warehouses/{self.id}"
        host = self.workspace.host
        return {
            **self.settings,
            "id": self.id,
            "creator_name": self.creator,
            "state": "RUNNING",
            "num_clusters": 1,
            "jdbc_url": f"jdbc:spark://{host}:443/default;transportMode=http;ssl=1;httpPath={path};",
            "odbc_params": {"hostname": host, "path": path, "protocol": "https", "port": 443},
            "health": {"status": "HEALTHY"},
        }


class Warehouses:
    def __init__(self, directory: Directory) -> None:
        self.directory = directory
        self.all: dict[str, Warehouse] = {}
        self.serverless = True
        """Whether workspaces have serverless SQL warehouses."""
        self._numbers = itertools.count(1)

    def add(
        self, workspace: Workspace, settings: dict[str, Any], by: str, id_: str | None = None
    ) -> Warehouse:
        if not settings.get("name"):
            raise invalid("name is required.")
        if settings.get("enable_serverless_compute") and not self.serverless:
            raise invalid("Serverless Compute is not enabled for this workspace.")
        new = Warehouse(
            id_ or secrets.token_hex(8),
            f"00000000-0000-0000-0000-{next(self._numbers):012}",
            workspace,
            by,
            DEFAULTS | settings,
            {by: "IS_OWNER"},
        )
        self.all[new.id] = new
        return new

    def get(self, id_: str, workspace: Workspace) -> Warehouse:
        found = self.all.get(id_)
        if not found or found.workspace is not workspace:
            raise missing(f"The warehouse {id_} was not found.")
        return found

    def level(self, who: Principal, warehouse: Warehouse) -> int:
        """The index in LEVELS, -1 for none."""
        names = self.directory.names_of(who, warehouse.workspace)
        held = [LEVELS.index(warehouse.acl[n]) for n in names if n in warehouse.acl]
        if self.directory.is_admin(who, warehouse.workspace):
            held.append(LEVELS.index("CAN_MANAGE"))
        return max(held, default=-1)

    def require(self, who: Principal, warehouse: Warehouse, level: str) -> None:
        if self.level(who, warehouse) < LEVELS.index(level):
            verb = {"CAN_VIEW": "view", "CAN_USE": "use", "CAN_MANAGE": "manage"}[level]
            message = f"{who.name} is not authorized to {verb} this SQL Endpoint ({warehouse.id})."
            raise denied(f"{message} Please contact your administrator.")

    def put(self, warehouse: Warehouse, entries: list[dict[str, Any]]) -> None:
        """Replace every direct entry: whoever is not listed loses access."""
        acl = self._parse(warehouse, entries)
        owners = [name for name, level in acl.items() if level == "IS_OWNER"]
        if not owners:
            what = f"PUT requests for warehouse {warehouse.id} with no existing owner"
            raise invalid(f"{what} must provide a new owner.")
        self._check_owners(owners)
        warehouse.acl = acl

    def patch(self, warehouse: Warehouse, entries: list[dict[str, Any]]) -> None:
        """Add or change the named principals only; nothing here can remove one."""
        acl = self._parse(warehouse, entries)
        owners = [name for name, level in acl.items() if level == "IS_OWNER"]
        self._check_owners(owners)
        kept = warehouse.acl | acl
        if owners:
            kept = {
                n: "CAN_MANAGE" if lv == "IS_OWNER" and n not in owners else lv
                for n, lv in kept.items()
            }
        elif "IS_OWNER" not in kept.values():
            raise invalid(f"Warehouse {warehouse.id} must have exactly one owner.")
        warehouse.acl = kept

    def _check_owners(self, owners: list[str]) -> None:
        if len(owners) > 1:
            raise invalid(f"A warehouse must have exactly one owner, not {len(owners)}.")
        who = self.directory.named(owners[0]) if owners else None
        if who and who.kind == "group":
            raise invalid("A group cannot own a warehouse.")

    def _parse(self, warehouse: Warehouse, entries: list[dict[str, Any]]) -> dict[str, str]:
        acl: dict[str, str] = {}
        for entry in entries:
            # Whatever key it comes under: the plugin names a service principal as user_name.
            name = next((str(entry[k]) for k in NAME_KEYS.values() if entry.get(k)), "")
            level = entry.get("permission_level")
            if level not in LEVELS:
                raise invalid(f"Permission type {level} is not defined for warehouses.")
            who = self.directory.named(name)
            here = who and (who.system or self.directory.is_member(who, warehouse.workspace))
            if not who or not here:
                raise missing(f"Principal: {name} does not exist in this workspace.")
            if who.system and who.name == "admins":
                if level != "CAN_MANAGE":
                    raise invalid("Cannot change permissions of the admins group.")
                continue  # they have it by inheritance
            known = acl.get(name)
            if known is None or LEVELS.index(level) > LEVELS.index(known):
                acl[name] = level  # listed twice (the plugin does that): the higher level
        return acl

    def render_acl(self, warehouse: Warehouse) -> dict[str, Any]:
        entries = render_entries(warehouse.acl, self.directory)
        inherited = {"inherited": True, "inherited_from_object": ["/sql/"]}
        admins = {"permission_level": "CAN_MANAGE"} | inherited
        entries.append({"group_name": "admins", "all_permissions": [admins]})
        return {
            "object_id": f"/sql/warehouses/{warehouse.id}",
            "object_type": "warehouses",
            "access_control_list": entries,
        }

    def forget(self, who: Principal, workspace: Workspace | None = None) -> None:
        for warehouse in self.all.values():
            if workspace in (None, warehouse.workspace):
                warehouse.acl.pop(who.name, None)


def render_entries(acl: dict[str, str], directory: Directory) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for name, level in acl.items():
        who = directory.named(name)
        if who:
            entry: dict[str, Any] = {NAME_KEYS[who.kind]: name}
            if who.kind != "group":
                entry["display_name"] = who.display_name
            entry["all_permissions"] = [{"permission_level": level, "inherited": False}]
            entries.append(entry)
    return entries
