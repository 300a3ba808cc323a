"""Nothing takes away what others own or were given."""

from __future__ import annotations

import re

from pulumi_policy import PolicyResource

from .. import grants, sql
from ..kinds import LEGACY_GRANTS, LEGACY_ROLE_OF, OWNERSHIP, STATEMENTS, databricks, kind_of
from ..ours import Ours, sources
from ..rule import HIGH, Judged, Report, ReportOn, Rule, Stack
from ..values import SYSTEM_ROLES, identifier, is_unseen, is_word, peek

LISTS = {
    **dict.fromkeys(databricks("Grants"), "removes everybody's privileges that it does not list"),
    **dict.fromkeys(
        databricks("Permissions"),
        "removes everybody's permissions that it does not list and makes the deployer the owner",
    ),
    **dict.fromkeys(
        databricks("SqlPermissions"), "removes everybody's privileges that it does not list"
    ),
    **dict.fromkeys(
        databricks("AccessControlRuleSet"), "removes everybody's roles that it does not list"
    ),
}
# What these say about people and about the way there, and not about the object.
NOT_THE_OBJECT = frozenset(
    {"grants", "accessControls", "privilegeAssignments", "grantRules", "providerConfig", "api"}
)
# Of those whose property is not called as the type is.
OBJECTS = {
    "databaseProjectName": ("PostgresProject",),
    "database": ("Schema",),
    "experimentId": ("MlflowExperiment",),
    "foreignConnection": ("Connection",),
    "function": (),
    "model": ("RegisteredModel",),
    "mcpService": ("AiGatewayMcpService",),
    "modelProviderService": ("AiGatewayModelProviderService",),
    "modelService": ("AiGatewayModelService",),
    "name": (
        *("AccountIamGroupV2", "AccountIamServicePrincipalV2", "BudgetPolicy", "Group"),
        *("ServicePrincipal", "TagPolicy"),
    ),
    "registeredModelId": ("MlflowModel", "RegisteredModel"),
    "secret": ("SecretUc",),
    "servingEndpointId": ("ModelServing", "ModelServingProvisionedThroughput"),
    "sqlAlertId": ("Alert", "AlertV2", "SqlAlert"),
    "sqlQueryId": ("Query", "SqlQuery"),
    "table": ("SqlTable", "Table", "OnlineTable"),
    "view": ("SqlTable", "Table"),
}
RULE_SET = re.compile(
    r"accounts/[^/]+/(servicePrincipals|groups|budgetPolicies|tagPolicies)/(?P<id>[^/]+)/"
    r"ruleSets/default"
)
# Of these the cluster is only where the statements run.
ON_A_CLUSTER = databricks("SqlPermissions")


def _grants_additive(judged: Judged, report: Report) -> None:
    props = judged.props
    if judged.kind in OWNERSHIP:
        role, kept = props.get("accountRoleName"), props.get("outboundPrivileges")
        # An administrator may have every object already. With all grants copied, others have what
        # they had.
        if identifier(role) in SYSTEM_ROLES and is_word(kept, "copy"):
            return
        report(
            f"{judged.type_name} takes an object from its owner, and with it the grants that the "
            "owner made."
        )
    elif judged.kind in STATEMENTS:
        _statements_additive(judged, report)
    elif judged.kind in LEGACY_GRANTS | LEGACY_ROLE_OF:
        if not is_word(props.get("enableMultipleGrants"), "true"):
            report(
                f"{judged.type_name} without enableMultipleGrants revokes the privilege from every "
                "role that it does not list."
            )
    elif is_word(props.get("strictPrivilegeManagement"), "true"):
        report("strictPrivilegeManagement is true: it revokes what others granted to the role.")


def _statements_additive(judged: Judged, report: Report) -> None:
    said = dict(grants.statements(judged))
    made = said.get("execute")
    if isinstance(made, sql.Privileges | sql.RoleOf) and made.revokes:
        report("execute revokes: what somebody granted elsewhere is gone with the next `up`.")
    undone = said.get("revert")
    if (
        isinstance(undone, sql.Privileges | sql.RoleOf)
        and undone.revokes
        and not sql.undoes(undone, made)
    ):
        report("revert revokes something else than execute grants.")
    if any(isinstance(s, sql.Privileges) and "OWNERSHIP" in s.names for s in said.values()):
        report("A statement takes an object from its owner, with the grants that the owner made.")


def _what(key: str) -> frozenset[str]:
    """The kinds of object that a property names: sqlEndpointId is of a SqlEndpoint."""
    stem = key[0].upper() + re.sub("(Id|Name|Path)$", "", key)[1:]
    return databricks(*OBJECTS.get(key, (stem,)))


def _is_ours(ours: Ours, resource: PolicyResource, key: str) -> bool:
    value, made = peek(resource.props, key), sources(resource, key)
    if key == "name" and isinstance(value, str) and not is_unseen(value):
        # A rule set's name is a path, in which the object's id is one part.
        named = RULE_SET.fullmatch(value)
        value = named["id"] if named else ""
        return bool(value) and (
            ours.has(value, made, _what(key), "id")
            or ours.has(value, made, _what(key), "applicationId")
        )
    return bool(value) and ours.has(value, made, _what(key), key)


def _access_lists_additive(stack: Stack, report: ReportOn) -> None:
    ours = Ours(stack)
    for resource in stack.resources:
        kind = kind_of(resource.resource_type)
        effect = LISTS.get(kind)
        if not effect:
            continue
        beside = NOT_THE_OBJECT | ({"clusterId"} if kind in ON_A_CLUSTER else set())
        objects = [key for key in resource.props if key not in beside]
        if not any(_is_ours(ours, resource, key) for key in objects):
            name = resource.resource_type.rsplit(":", 1)[-1]
            report(f"{name} on an object that this stack does not make {effect}.", resource.urn)


RULES = [
    Rule(
        name="grants-additive",
        description="No resource takes away what others own or were given.",
        why="Somebody else's access ends with an `up` that was not about them.",
        fix="Use the grant resources that add one privilege to one role, and leave it out; an own "
        "object give to SYSADMIN, with outboundPrivileges COPY.",
        url="https://docs.snowflake.com/en/sql-reference/sql/grant-ownership",
        severity=HIGH,
        kinds=OWNERSHIP | STATEMENTS | LEGACY_GRANTS | LEGACY_ROLE_OF | grants.ROLE_GRANTS,
        check=_grants_additive,
    ),
    Rule(
        name="access-lists-additive",
        description="No resource replaces the permissions that others were given.",
        why="What is not in the list is removed, and `destroy` does not put it back.",
        fix="List those of an object that this stack makes; in the catalog use databricks.Grant, "
        "which adds.",
        url="https://www.pulumi.com/registry/packages/databricks/api-docs/grants/",
        severity=HIGH,
        kinds=frozenset(LISTS),
        stack_check=_access_lists_additive,
    ),
]
