"""Who there is: users, groups and service principals, and their place in each workspace.

Owns identity, membership and entitlements. It does not own credentials (`access.py`) nor what
anybody may read (`unity.py`).
"""

import itertools
import uuid
from dataclasses import dataclass, field
from typing import Literal

from sandbox.databricks.errors import ApiError, invalid, missing

Kind = Literal["user", "service_principal", "group"]
ACCOUNT_USERS = "account users"
ENTITLEMENTS = (
    "allow-cluster-create",
    "allow-instance-pool-create",
    "databricks-sql-access",
    "workspace-access",
    "workspace-consume",
)


@dataclass
class Principal:
    id: int
    kind: Kind
    name: str
    """What grants and ACLs call it: e-mail address, application id or group name."""
    display_name: str
    active: bool = True
    external_id: str | None = None
    members: set[int] = field(default_factory=set)
    account_admin: bool = False
    system: bool = False
    """A workspace's own group (`admins`, `users`): its members follow from the assignments."""


def ruled(who: Principal) -> str:
    """What a rule set calls a principal."""
    kinds = {"user": "users", "service_principal": "servicePrincipals", "group": "groups"}
    return f"{kinds[who.kind]}/{who.name}"


@dataclass
class Membership:
    permission: str
    unseen: int = 0
    """How many more workspace SCIM requests that name the principal will not find it."""


@dataclass
class IpList:
    """From where people and programs reach a workspace, or do not."""

    id: str
    label: str
    addresses: list[str]
    kind: Literal["ALLOW", "BLOCK"] = "ALLOW"
    enabled: bool = True


@dataclass
class Workspace:
    id: int
    host: str
    members: dict[int, Membership] = field(default_factory=dict)
    entitlements: dict[int, set[str]] = field(default_factory=dict)
    token_acl: dict[str, str] = field(default_factory=dict)
    """Who besides the admins may have personal access tokens: name -> level."""
    ip_lists: dict[str, IpList] = field(default_factory=dict)
    ip_lists_on: bool = False


class Directory:
    def __init__(self) -> None:
        self.principals: dict[int, Principal] = {}
        self.workspaces: dict[str, Workspace] = {}
        self.consistency_lag = 2
        """Right after an assignment a workspace answers 404 this often; 0 switches it off."""
        self._ids = itertools.count(7_100_000_000_001)

    def add(
        self, kind: Kind, display_name: str, name: str | None = None, **more: object
    ) -> Principal:
        name = name or (str(uuid.uuid4()) if kind == "service_principal" else display_name)
        if self.named(name):
            what = f"Service principal with application ID {name}"
            raise ApiError(409, "RESOURCE_ALREADY_EXISTS", f"{what} already exists.")
        new = Principal(next(self._ids), kind, name, display_name)
        for key, value in more.items():
            setattr(new, key, value)
        self.principals[new.id] = new
        return new

    def get(self, id_: int | str, kind: Kind | None = None) -> Principal:
        found = self.principals.get(int(id_)) if str(id_).isdigit() else None
        if found is None or (kind and found.kind != kind):
            what = {"user": "User", "group": "Group"}.get(kind or "", "Service principal")
            raise missing(f"{what} with id {id_} not found.")
        return found

    def named(self, name: str) -> Principal | None:
        return next((p for p in self.principals.values() if p.name == name), None)

    def groups_of(self, who: Principal, workspace: Workspace | None = None) -> list[Principal]:
        """Direct and nested groups; with a workspace, its system groups too."""
        found: dict[int, Principal] = {}
        search = [who.id]
        while search:
            one = search.pop()
            for group in self.principals.values():
                if one in group.members and group.id not in found:
                    found[group.id] = group
                    search.append(group.id)
        groups = list(found.values())
        if workspace and who.kind != "group" and self.is_member(who, workspace):
            names = {"users"} | ({"admins"} if self.is_admin(who, workspace) else set())
            groups += [p for p in self.principals.values() if p.system and p.name in names]
        return groups

    def names_of(self, who: Principal, workspace: Workspace | None = None) -> set[str]:
        """Every name under which this principal may have been given something."""
        return {who.name, ACCOUNT_USERS} | {g.name for g in self.groups_of(who, workspace)}

    def _memberships(self, who: Principal, workspace: Workspace) -> list[Membership]:
        ids = [who.id, *(g.id for g in self.groups_of(who))]
        return [workspace.members[i] for i in ids if i in workspace.members]

    def is_member(self, who: Principal, workspace: Workspace) -> bool:
        return bool(self._memberships(who, workspace))

    def is_admin(self, who: Principal, workspace: Workspace) -> bool:
        return any(m.permission == "ADMIN" for m in self._memberships(who, workspace))

    def has_entitlement(self, who: Principal, workspace: Workspace, entitlement: str) -> bool:
        ids = [who.id, *(g.id for g in self.groups_of(who, workspace))]
        return any(entitlement in workspace.entitlements.get(i, set()) for i in ids)

    def workspace(self, id_: int | str) -> Workspace:
        for one in self.workspaces.values():
            if str(one.id) == str(id_):
                return one
        raise missing(f"Workspace {id_} does not exist.")

    def assign(self, who: Principal, workspace: Workspace, permissions: list[str]) -> None:
        if not permissions or not set(permissions) <= {"USER", "ADMIN"}:
            raise invalid(f"permissions must be USER or ADMIN, not {permissions}.")
        known = workspace.members.get(who.id)
        unseen = known.unseen if known else self.consistency_lag
        permission = "ADMIN" if "ADMIN" in permissions else "USER"
        workspace.members[who.id] = Membership(permission, unseen)

    def unassign(self, who: Principal, workspace: Workspace) -> None:
        workspace.members.pop(who.id, None)
        workspace.entitlements.pop(who.id, None)

    def visible(self, who: Principal, workspace: Workspace) -> bool:
        """Whether the workspace's SCIM API has heard of it; being asked brings the news nearer."""
        membership = workspace.members.get(who.id)
        if membership and membership.unseen > 0:
            membership.unseen -= 1
            return False
        return membership is not None or who.system or self.is_member(who, workspace)

    def set_entitlements(self, who: Principal, workspace: Workspace, values: set[str]) -> None:
        if unknown := values - set(ENTITLEMENTS):
            raise invalid(f"{sorted(unknown)[0]} is not a valid entitlement.")
        workspace.entitlements[who.id] = values

    def remove(self, who: Principal) -> None:
        for workspace in self.workspaces.values():
            self.unassign(who, workspace)
        for group in self.principals.values():
            group.members.discard(who.id)
        self.principals.pop(who.id, None)
