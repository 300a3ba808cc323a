"""What Databricks' resources mean for access."""

from __future__ import annotations

from typing import Any

from cube_access.facts import unity
from cube_access.report.access import Access, Grant, Identity, Names, Reader, nothing, texts
from cube_access.report.preview import Resource

# Inputs of a grant that name its securable.
SECURABLES = {
    "catalog": "catalog",
    "credential": "credential",
    "externalLocation": "external location",
    "foreignConnection": "connection",
    "function": "function",
    "metastore": "metastore",
    "model": "model",
    "pipeline": "pipeline",
    "recipient": "recipient",
    "schema": "schema",
    "share": "share",
    "storageCredential": "storage credential",
    "table": "table or view",
    "volume": "volume",
}
# Privileges that reach all that the securable contains, now and later, and where they matter.
INHERITED = frozenset({"SELECT", "MODIFY", "ALL_PRIVILEGES", "EXECUTE", "READ_VOLUME", "MANAGE"})
ENTITLEMENTS = {
    "allowClusterCreate": "allow-cluster-create",
    "allowInstancePoolCreate": "allow-instance-pool-create",
    "databricksSqlAccess": "databricks-sql-access",
    "workspaceAccess": "workspace-access",
    "workspaceConsume": "workspace-consume",
}
_PRINCIPALS = {
    "service_principal_name": "service principal",
    "servicePrincipalName": "service principal",
    "group_name": "group",
    "groupName": "group",
    "user_name": "user",
    "userName": "user",
}


def _principal(resource: Resource, names: Names, key: str, value: Any = None) -> Identity:
    """Unity Catalog names principals of any kind in one field."""
    given = resource.inputs.get(key) if value is None else value
    name = names.of(resource, key, value)
    if name != given or _is_uuid(str(given)):
        return Identity("service principal", name)
    return Identity("user" if "@" in name else "group", name)


def _is_uuid(text: str) -> bool:
    return len(text) == 36 and text.count("-") == 4


def _securable(inputs: dict[str, Any]) -> tuple[str, str]:
    for key, kind in SECURABLES.items():
        if inputs.get(key):
            return kind, str(inputs[key])
    return "securable", "not known"


def grant(resource: Resource, names: Names, access: Access) -> None:
    holder = _principal(resource, names, "principal")
    kind, name = _securable(dict(resource.inputs))
    for privilege in texts(resource.inputs.get("privileges")):
        access.grants.add(Grant(holder, kind, name, unity.privilege(privilege)))


def grants(resource: Resource, names: Names, access: Access) -> None:
    kind, name = _securable(dict(resource.inputs))
    for each in resource.inputs.get("grants") or []:
        holder = _principal(resource, names, "grants", each.get("principal"))
        for privilege in texts(each.get("privileges")):
            access.grants.add(Grant(holder, kind, name, unity.privilege(privilege)))


def permission(resource: Resource, names: Names, access: Access) -> None:
    """Our own: one entry of an access control list."""
    inputs = resource.inputs
    holder = Identity(
        _PRINCIPALS.get(str(inputs.get("kind")), "principal"), names.of(resource, "principal")
    )
    kind = {"warehouses": "SQL warehouse", "authorization": "workspace"}.get(
        str(inputs.get("objectType")), str(inputs.get("objectType"))
    )
    name = names.of(resource, "objectId")
    access.grants.add(Grant(holder, kind, name, "CAN_USE"))


def permissions(resource: Resource, names: Names, access: Access) -> None:
    """The plugin's: a whole access control list."""
    objects = {
        key: value
        for key, value in resource.inputs.items()
        if key not in {"accessControls", "objectType"} and isinstance(value, str)
    }
    key, _ = next(iter(objects.items()), ("object", ""))
    kind = "SQL warehouse" if key == "sqlEndpointId" else key
    for each in resource.inputs.get("accessControls") or []:
        for field, who in _PRINCIPALS.items():
            if each.get(field):
                holder = Identity(who, names.of(resource, "accessControls", each[field]))
                level = str(each.get("permissionLevel"))
                access.grants.add(Grant(holder, kind, names.of(resource, key), level))


def assignment(resource: Resource, names: Names, access: Access) -> None:
    holder = Identity("service principal", names.of(resource, "principalId"))
    workspace = names.of(resource, "workspaceId") or "this one"
    for each in texts(resource.inputs.get("permissions")):
        access.grants.add(Grant(holder, "workspace", workspace, each))


def entitlements(resource: Resource, names: Names, access: Access) -> None:
    for key, kind in (
        ("servicePrincipalId", "service principal"),
        ("groupId", "group"),
        ("userId", "user"),
    ):
        if resource.inputs.get(key) is not None:
            _entitled(resource, Identity(kind, names.of(resource, key)), access)


def principal(resource: Resource, names: Names, access: Access) -> None:
    """A principal, group or user can carry entitlements itself."""
    name = resource.kind.partition(":")[2]
    kind = {"ServicePrincipal": "service principal"}.get(name, name.lower())
    called = resource.inputs.get("displayName") or resource.inputs.get("userName")
    _entitled(resource, Identity(kind, str(called or resource.name)), access)


def _entitled(resource: Resource, holder: Identity, access: Access) -> None:
    for key, entitlement in ENTITLEMENTS.items():
        if resource.inputs.get(key) is True:
            access.grants.add(Grant(holder, "workspace", "entitlements", entitlement))


def group_member(resource: Resource, names: Names, access: Access) -> None:
    member = Identity("member", names.of(resource, "memberId"))
    access.members.add((member, Identity("group", names.of(resource, "groupId"))))


READERS: dict[str, Reader] = {
    "databricks:Entitlements": entitlements,
    "databricks:Grant": grant,
    "databricks:Grants": grants,
    "databricks:Group": principal,
    "databricks:GroupMember": group_member,
    "databricks:Intent": nothing,
    "databricks:MwsPermissionAssignment": assignment,
    "databricks:Permission": permission,
    "databricks:Permissions": permissions,
    "databricks:PriorEntries": nothing,
    "databricks:ServicePrincipal": principal,
    "databricks:Settled": nothing,
    "databricks:TokenExpiry": nothing,
    "databricks:User": principal,
    "databricks:WorkspaceIdentity": nothing,
    "databricks:WorkspaceMembership": nothing,
}


def reach(access: Access) -> set[tuple[Identity, str]]:
    """What identities can get at beyond the securables that are named."""
    found = set()
    held: dict[tuple[Identity, str], set[str]] = {}
    for each in access.grants:
        held.setdefault((each.holder, each.securable), set()).add(each.privilege)
    for each in access.grants:
        holder, name, verb = each.holder, each.securable, each.privilege
        if each.kind in {"catalog", "schema"} and verb in INHERITED:
            found.add((holder, f"{verb} on {each.kind} {name} holds for all that is in it, "
                               "present and future"))  # fmt: skip
        if verb == "SELECT" and each.kind in {"schema", "table or view"}:
            words = name.split(".")
            lacks = [] if "USE_CATALOG" in held.get((holder, words[0]), ()) else ["USE_CATALOG"]
            schema = ".".join(words[:2])
            if "USE_SCHEMA" not in held.get((holder, schema), set()) | held.get(
                (holder, words[0]), set()
            ):
                lacks.append("USE_SCHEMA")
            if lacks:
                found.add((holder, f"{name} stays out of reach without {' and '.join(lacks)}, "
                                   "unless given elsewhere"))  # fmt: skip
        if holder.kind == "group":
            found.add((holder, f"everybody in group {holder.name} has this, now and later"))
    return found
