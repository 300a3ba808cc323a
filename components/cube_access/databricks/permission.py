"""One principal's entry in an access control list, without touching anybody else's.

The plugin's `databricks.Permissions` replaces the whole list and makes the deployer the owner,
which on a shared SQL warehouse takes everybody's access away. Here an entry is added with PATCH.
The API has no call that removes one entry, so removal reads the list and writes it back without
ours, owner included; if our principal holds more than we gave, the entry is somebody else's
decision and stays.

An entry does not say who made it. `PriorEntries` notes in the state which groups had none before
the first is added, so the next run knows an entry that a killed run added.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Literal

import pulumi

from cube_access.databricks.client import workspace_client
from cube_access.offline import offline
from cube_access.provider.definition import TEXTS, TRUTH, Definition, Property
from cube_access.provider.lifecycle import Diff, Failure, Lifecycle, Values
from cube_access.provider.resource import Resource
from cube_access.provider.values import UNKNOWN
from cube_access.trouble import told, trouble

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.iam import AccessControlResponse

Kind = Literal["service_principal_name", "group_name"]
SQL_WAREHOUSES = "warehouses"
OWNER = "IS_OWNER"
LEVEL = "CAN_USE"  # the least that lets one query; no setting asks for more
LESS = "CAN_VIEW"  # of a SQL warehouse: shows it, and runs nothing


OBJECT = {
    "host": Property(description="The workspace's host name.", replaces=True),
    "objectType": Property(description="Such as warehouses.", replaces=True),
    "objectId": Property(description="The object's id.", replaces=True),
}

DEFINITION = Definition(
    module="databricks",
    name="Permission",
    description="CAN_USE for one service principal or group on one object of a workspace.",
    inputs={
        **OBJECT,
        "kind": Property(description="service_principal_name or group_name.", replaces=True),
        "principal": Property(description="Who is given CAN_USE.", replaces=True),
        "without": Property(
            description="Groups that had no entry before the stack added any. Used at creation "
            "only.",
            type=TEXTS,
            optional=True,
        ),
    },
    outputs={
        "ours": Property(
            description="Whether this resource added the entry: what was there before stays.",
            type=TRUTH,
        ),
        "previous": Property(
            description="What the principal had instead, and gets back: CAN_VIEW, or nothing.",
            optional=True,
        ),
    },
)


PRIOR = Definition(
    module="databricks",
    name="PriorEntries",
    description="Which groups had no entry before the stack added theirs. Changes nothing.",
    inputs={
        **OBJECT,
        "groups": Property(description="Those that are to have one.", type=TEXTS),
    },
    outputs={
        "without": Property(
            description="Those that had none, of all that were ever named.", type=TEXTS
        )
    },
)


class PriorEntriesLifecycle(Lifecycle):
    """Looks at each group once: a later look would see the stack's own entry."""

    definition = PRIOR

    def create(self, inputs: Values) -> tuple[str, Values]:
        return inputs["objectId"], {**inputs, "without": self._without(inputs, inputs["groups"])}

    def update(self, identifier: str, olds: Values, news: Values) -> Values:
        added = [group for group in news["groups"] if group not in olds["groups"]]
        # Of a group that is no longer named, what a run that was cut off left is told at the end.
        known = [group for group in olds["without"] if group not in added]
        return {**news, "without": sorted(known + self._without(news, added))}

    def delete(self, identifier: str, outputs: Values) -> None:
        """The stack's own are gone by now: names what an `up` that was cut off may have left."""
        from databricks.sdk.errors import NotFound

        where = f"{outputs['objectType']} {outputs['objectId']}"
        try:
            nothing = self._without(outputs, outputs["without"])
        except NotFound:
            return
        except Exception as error:  # a look must not hold a `destroy` up
            problem = told("Databricks", trouble(error), f"the permissions of {where}")
            self.voice.warn(f"not looked at: {problem}")
            return
        for group in outputs["without"]:
            if group not in nothing:
                self.voice.warn(
                    f"an entry of {group} on {where} stays. It was not there when this stack first "
                    "looked: if an `up` that was cut off has added it, remove it in the workspace."
                )

    def _without(self, inputs: Values, groups: Sequence[str]) -> list[str]:
        if not groups:
            return []
        entries = _entries(workspace_client(inputs["host"], self.sign_in), inputs)
        holders = {entry.group_name for entry in entries if _levels(entry)}
        return sorted(group for group in groups if group not in holders)


class PermissionLifecycle(Lifecycle):
    """Adds one entry, and takes that one away."""

    definition = DEFINITION

    def check(self, olds: Values, news: Values) -> list[Failure]:
        if olds or offline() or UNKNOWN in (news["host"], news["objectId"]):
            return []
        what = f"SQL warehouse {news['objectId']}"
        try:
            client = workspace_client(news["host"], self.sign_in)
            entries = _first_look(client, news["objectType"], news["objectId"])
        except Exception as error:
            found = trouble(error)
            problem = told("Databricks", found, f"the permissions of {what}")
            if found.kind == "rights":  # a previewer need not see them
                self.voice.warn(f"not looked at: {problem}")
                return []
            return [Failure("objectId", problem)]
        if _may_change(news, entries):
            return []
        return [
            Failure(
                "objectId",
                f"{what} has no owner, so that Databricks changes none of its permissions: give it "
                "one first (in the workspace: SQL Warehouses > Permissions).",
            )
        ]

    def create(self, inputs: Values) -> tuple[str, Values]:
        from databricks.sdk.service.iam import AccessControlRequest, PermissionLevel

        client = workspace_client(inputs["host"], self.sign_in)
        # Whoever has a permission already keeps it: CAN_USE could
        # lower it, and destroy must not take it.
        held = _levels(_direct_entry(_entries(client, inputs), inputs))
        adds = held <= {LESS}
        claims = held == {LEVEL} and inputs["principal"] in inputs.get("without", ())
        if claims:
            self.voice.warn(
                f"{LEVEL} of {inputs['principal']} on {inputs['objectType']} {inputs['objectId']} "
                "is there, and was not when this stack first looked: an `up` that was cut off may "
                "have added it. It counts as this stack's, so that `destroy` removes it."
            )
        if adds:
            entry = AccessControlRequest.from_dict({inputs["kind"]: inputs["principal"]})
            entry.permission_level = PermissionLevel(LEVEL)
            client.permissions.update(
                inputs["objectType"], inputs["objectId"], access_control_list=[entry]
            )
        identifier = f"{inputs['objectType']}/{inputs['objectId']}/{inputs['principal']}"
        previous = LESS if adds and held else ""
        return identifier, {**inputs, "ours": adds or claims, "previous": previous}

    def diff(self, identifier: str, olds: Values, news: Values) -> Diff:
        # Whose the entry is was settled when it was made.
        return super().diff(identifier, olds, {**news, "without": olds.get("without")})

    def read(self, identifier: str, outputs: Values) -> Values | None:
        from databricks.sdk.errors import NotFound

        client = workspace_client(outputs["host"], self.sign_in)
        try:
            levels = _levels(_direct_entry(_entries(client, outputs), outputs))
        except NotFound:
            levels = set()
        # An entry that is gone is reported as gone, so that the next apply adds it again.
        return None if levels <= {LESS} else outputs

    def delete(self, identifier: str, outputs: Values) -> None:
        from databricks.sdk.errors import BadRequest, NotFound
        from databricks.sdk.service.iam import AccessControlRequest

        if not outputs["ours"]:
            return
        client = workspace_client(outputs["host"], self.sign_in)
        try:
            entries = _entries(client, outputs)
        except NotFound:
            return
        if _levels(_direct_entry(entries, outputs)) != {LEVEL}:
            return
        rest = [
            AccessControlRequest.from_dict({kind: name, "permission_level": level})
            for entry in entries
            if getattr(entry, outputs["kind"]) != outputs["principal"]
            for kind in ("service_principal_name", "group_name", "user_name")
            if (name := getattr(entry, kind))
            for level in _levels(entry)
        ]
        if level := outputs.get("previous"):
            given = {outputs["kind"]: outputs["principal"], "permission_level": level}
            rest.append(AccessControlRequest.from_dict(given))
        # A list without an owner, or with an entry of who has gone, is not taken back: then ours
        # stays with a warning, for a destroy that gets stuck keeps much more.
        try:
            if not _may_change(outputs, entries):
                raise BadRequest("it has no owner")
            client.permissions.set(
                outputs["objectType"], outputs["objectId"], access_control_list=rest
            )
        except (BadRequest, NotFound) as error:
            self.voice.warn(
                f"{LEVEL} of {outputs['principal']} on {outputs['objectType']} "
                f"{outputs['objectId']} stays: Databricks does not take its permissions back "
                f"({trouble(error).said}). Remove the entry in the workspace once that is mended."
            )


@cache
def _first_look(
    client: WorkspaceClient, object_type: str, object_id: str
) -> list[AccessControlResponse]:
    """Before any entry is made: once an object, whoever is to have one."""
    return _entries(client, {"objectType": object_type, "objectId": object_id})


def _entries(client: WorkspaceClient, props: Values) -> list[AccessControlResponse]:
    return client.permissions.get(props["objectType"], props["objectId"]).access_control_list or []


def _may_change(props: Values, entries: list[AccessControlResponse]) -> bool:
    """A SQL warehouse without an owner keeps its list as it is; who may use tokens has no owner."""
    owned = any(OWNER in _levels(each) for each in entries)
    return owned or props["objectType"] != SQL_WAREHOUSES


def _direct_entry(
    entries: list[AccessControlResponse], props: Values
) -> AccessControlResponse | None:
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


class PriorEntries(Resource):
    """Which groups had no entry before the stack added theirs."""

    definition = PRIOR

    def __init__(
        self,
        name: str,
        *,
        host: pulumi.Input[str],
        object_type: str,
        object_id: pulumi.Input[str],
        groups: Sequence[pulumi.Input[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "host": host,
            "objectType": object_type,
            "objectId": object_id,
            "groups": groups,
        }
        super().__init__(name, properties, opts)


class Permission(Resource):
    """CAN_USE for one service principal or group on one object of a workspace.

    Args:
        prior: `PriorEntries` of the object; None for a principal that is new to it.
    """

    definition = DEFINITION

    def __init__(
        self,
        name: str,
        *,
        host: pulumi.Input[str],
        object_type: str,
        object_id: pulumi.Input[str],
        kind: Kind,
        principal: pulumi.Input[str],
        prior: PriorEntries | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "host": host,
            "objectType": object_type,
            "objectId": object_id,
            "kind": kind,
            "principal": principal,
        }
        if prior:
            properties["without"] = prior.output("without")
        super().__init__(name, properties, opts)
