"""What a stack's resources have to do with each other: who has which role, and what was made of
what.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pulumi_policy import PolicyResource

from .grants import MEMBERSHIPS, entries, roles_given
from .kinds import (
    ACCOUNT_ROLE_OF,
    DATABASE_ROLE_OF,
    LEGACY_ROLE_OF,
    ROLE_PRIVILEGES,
    STATEMENTS,
    databricks,
    kind_of,
    snowflake,
)
from .values import SecretText, is_unknown, texts

# With the property that names the member.
MEMBER = {
    **dict.fromkeys(databricks("GroupMember"), "memberId"),
    **dict.fromkeys(
        databricks("AccountIamDirectGroupMemberV2", "WorkspaceIamDirectGroupMemberV2"),
        "principalId",
    ),
}
GROUPS = databricks("Group", "AccountIamGroupV2", "WorkspaceIamGroupV2")
DATABRICKS_ROLE = {
    **dict.fromkeys(databricks("GroupRole"), "groupId"),
    **dict.fromkeys(databricks("UserRole"), "userId"),
    **dict.fromkeys(databricks("ServicePrincipalRole"), "servicePrincipalId"),
}
ASSIGNMENT = databricks("MwsPermissionAssignment", "PermissionAssignment")
# The property by which others name it.
NAMED = {
    **dict.fromkeys(
        snowflake("AccountRole", "Role", "DatabaseRole", "User", "ServiceUser"), "name"
    ),
    **dict.fromkeys(GROUPS | databricks("ServicePrincipal"), "displayName"),
}
WORKSPACE_ADMIN = "workspace ADMIN"


@dataclass(frozen=True)
class Edge:
    """Somebody has a role, by one resource."""

    holder: str
    role: str
    urn: str


def plain(name: str) -> str:
    """Without quotes; a secret stays one."""
    text = name.replace('"', "")
    return SecretText(text) if isinstance(name, SecretText) else text


def _node(resource: PolicyResource, key: str) -> str:
    """What a property refers to: the resource of the stack that it comes from, else what it says.

    A resource goes by its name, so that those who write the name meet those who refer to it.
    """
    made = resource.property_dependencies.get(key, [])
    if is_unknown(resource.props, key):
        return _called(made[0]) if len(made) == 1 else ""
    text = resource.props.get(key)
    if len(made) == 1 and kind_of(made[0].resource_type).startswith("databricks."):
        return _called(made[0])  # an id says nothing
    return plain(text) if isinstance(text, str) else f"{text or ''}"


def _called(resource: PolicyResource) -> str:
    key = NAMED.get(kind_of(resource.resource_type))
    if not key or is_unknown(resource.props, key) or not resource.props.get(key):
        return resource.name
    name = resource.props[key]
    return plain(name) if isinstance(name, str) else resource.name


def edges(resources: Iterable[PolicyResource]) -> Iterator[Edge]:
    for resource in resources:
        kind = kind_of(resource.resource_type)
        found: list[tuple[str, str]] = []
        if kind in ACCOUNT_ROLE_OF:
            holders = [_node(resource, key) for key in ("parentRoleName", "userName")]
            found = [(holder, _node(resource, "roleName")) for holder in holders]
        elif kind in DATABASE_ROLE_OF:
            holders = [_node(resource, k) for k in ("parentRoleName", "parentDatabaseRoleName")]
            found = [(holder, _node(resource, "databaseRoleName")) for holder in holders]
        elif kind in LEGACY_ROLE_OF:
            names = [name for key in ("roles", "users") for name in texts(resource.props.get(key))]
            found = [(plain(name), _node(resource, "roleName")) for name in names]
        elif kind in STATEMENTS:
            found = [(plain(said.grantee), plain(said.role)) for _, said in roles_given(resource)]
        elif kind == ROLE_PRIVILEGES and not is_unknown(resource.props, "privileges"):
            holder = _node(resource, "role")
            held = [each for _, each in entries(resource.props)]
            found = [
                (holder, ".".join(each.name)) for each in held if each and each.kind in MEMBERSHIPS
            ]
        elif kind in MEMBER:
            found = [(_node(resource, MEMBER[kind]), _node(resource, "groupId"))]
        elif kind in DATABRICKS_ROLE:
            found = [(_node(resource, DATABRICKS_ROLE[kind]), _node(resource, "role"))]
        elif kind in ASSIGNMENT and "ADMIN" in texts(resource.props.get("permissions")):
            found = [(_node(resource, "principalId"), WORKSPACE_ADMIN)]
        for holder, role in found:
            if holder and role:
                yield Edge(holder, role, resource.urn)


def path_to(start: str, goals: frozenset[str], graph: Iterable[Edge]) -> list[str]:
    """The roles from `start` to the nearest of `goals`, both included; empty if there is no way."""
    has: dict[str, list[str]] = {}
    for edge in graph:
        has.setdefault(edge.holder, []).append(edge.role)
    paths, seen = [[start]], {start}
    while paths:
        path = paths.pop(0)
        if path[-1].upper() in goals:
            return path
        for role in has.get(path[-1], []):
            if role not in seen:
                seen.add(role)
                paths.append([*path, role])
    return []


def made_of(resource: PolicyResource) -> Iterator[PolicyResource]:
    """Everything that a resource's inputs come from, at any distance; not itself."""
    seen: set[str] = set()
    waiting = list(resource.dependencies)
    while waiting:
        each = waiting.pop()
        if each.urn not in seen:
            seen.add(each.urn)
            yield each
            waiting += each.dependencies
