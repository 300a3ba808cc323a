"""One principal's entry in an access control list, without touching anybody else's.

The plugin's `databricks.Permissions` replaces the whole list and makes the deployer the owner,
which on a shared SQL warehouse takes everybody's access away. Here an entry is added with PATCH.
The API has no call that removes one entry, so removal reads the list and writes it back without
ours, owner included; if our principal holds more than we gave, the entry is somebody else's
decision and stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult

from cube_access.databricks.membership import workspace_client
from cube_access.dynamic import Provider, Resource, replaced_by

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.iam import AccessControlResponse

Kind = Literal["service_principal_name", "group_name"]
LEVEL = "CAN_USE"  # the least there is; no setting asks for more


class _PermissionProvider(Provider):
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return replaced_by(olds, news, "host", "object_type", "object_id", "kind", "principal")

    def create(self, props: dict[str, Any]) -> CreateResult:
        from databricks.sdk.service.iam import AccessControlRequest, PermissionLevel

        client = workspace_client(props["host"])
        # Whoever has a permission already keeps it: CAN_USE could
        # lower it, and destroy must not take it.
        ours = not _levels(_direct_entry(client, props))
        if ours:
            entry = AccessControlRequest.from_dict({props["kind"]: props["principal"]})
            entry.permission_level = PermissionLevel(LEVEL)
            client.permissions.update(
                props["object_type"], props["object_id"], access_control_list=[entry]
            )
        identifier = f"{props['object_type']}/{props['object_id']}/{props['principal']}"
        return CreateResult(identifier, {**props, "ours": ours})

    def read(self, identifier: str, props: dict[str, Any]) -> ReadResult:
        from databricks.sdk.errors import NotFound

        try:
            levels = _levels(_direct_entry(workspace_client(props["host"]), props))
        except NotFound:
            levels = set()
        # An entry that is gone is reported as gone, so that the next apply adds it again.
        return ReadResult(identifier, props) if levels else ReadResult("", {})

    def delete(self, _id: str, props: dict[str, Any]) -> None:
        from databricks.sdk.errors import NotFound
        from databricks.sdk.service.iam import AccessControlRequest

        if not props["ours"]:
            return
        client = workspace_client(props["host"])
        try:
            if _levels(_direct_entry(client, props)) != {LEVEL}:
                return
            entries = _entries(client, props)
        except NotFound:
            return
        rest = [
            AccessControlRequest.from_dict({kind: name, "permission_level": level})
            for entry in entries
            if getattr(entry, props["kind"]) != props["principal"]
            for kind in ("service_principal_name", "group_name", "user_name")
            if (name := getattr(entry, kind))
            for level in _levels(entry)
        ]
        client.permissions.set(props["object_type"], props["object_id"], access_control_list=rest)


def _entries(client: WorkspaceClient, props: dict[str, Any]) -> list[AccessControlResponse]:
    return (
        client.permissions.get(props["object_type"], props["object_id"]).access_control_list or []
    )


def _direct_entry(client: WorkspaceClient, props: dict[str, Any]) -> AccessControlResponse | None:
    entries = _entries(client, props)
    return next(
        (entry for entry in entries if getattr(entry, props["kind"]) == props["principal"]), None
    )


def _levels(entry: AccessControlResponse | None) -> set[str]:
    """What an entry gives by itself; what it inherits from elsewhere is not ours to write back."""
    permissions = (entry.all_permissions if entry else None) or []
    return {
        each.permission_level.value
        for each in permissions
        if each.permission_level and not each.inherited
    }


class Permission(Resource, module="databricks", name="Permission"):
    """CAN_USE for one service principal or group on one object of a workspace."""

    def __init__(
        self,
        name: str,
        *,
        host: pulumi.Input[str],
        object_type: str,
        object_id: pulumi.Input[str],
        kind: Kind,
        principal: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "host": host,
            "object_type": object_type,
            "object_id": object_id,
            "kind": kind,
            "principal": principal,
        }
        super().__init__(_PermissionProvider(), name, {**properties, "ours": None}, opts)
