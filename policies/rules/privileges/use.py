"""Compute is used, not administered and not made."""

from __future__ import annotations

from ..kinds import databricks
from ..rule import HIGH, Judged, Report, Rule
from ..values import has, is_word

ADMINISTER = ("CAN_MANAGE", "IS_OWNER", "CAN_EDIT")
ENTITLED = databricks("AccountIamWorkspaceAssignmentV2", "WorkspaceIamWorkspaceAssignmentV2")
CREATION = ("allowClusterCreate", "allowInstancePoolCreate")


def _warehouse_use_only(judged: Judged, report: Report) -> None:
    on_warehouse = has(judged.props, "sqlEndpointId")
    for entry in judged.known(judged.props.get("accessControls")):
        with judged.later():
            given = entry.get("permissionLevel") or ""
            level = given.upper()
            if on_warehouse and level not in judged.limits["levels"]:
                report(f"Gives {given} on a SQL warehouse: more than using it.")
            elif not on_warehouse and level.startswith(ADMINISTER):
                report(f"Gives {given} on this object: more than using it.")


def _compute_not_created(judged: Judged, report: Report) -> None:
    for each in judged.known(judged.props.get("entitlements")):
        if each.replace("-", "_").upper().endswith(("CLUSTER_CREATE", "POOL_CREATE")):
            report(f"{each}: it can start compute of its own, with its own rules.")
    for key in CREATION:
        with judged.later():
            if is_word(judged.props.get(key), "true"):
                report(f"{key} is true: it can start compute of its own, with its own rules.")


RULES = [
    Rule(
        name="warehouse-use-only",
        description="A SQL warehouse is used, not administered.",
        why="Who manages a warehouse can stop it, resize it and give it to others.",
        fix="Give CAN_USE.",
        url="https://docs.databricks.com/aws/en/security/auth/access-control/",
        severity=HIGH,
        kinds=databricks("Permissions"),
        check=_warehouse_use_only,
        limits={
            "levels": {
                "type": "array",
                "items": {"type": "string"},
                "default": ["CAN_USE"],
                "description": "What may be given on a SQL warehouse.",
            }
        },
        references=[("NIST 800-53", "AC-6")],
    ),
    Rule(
        name="compute-not-created",
        description="No identity may create clusters or pools.",
        why="On compute of one's own, neither the SQL warehouse's limits nor its log hold.",
        fix="Leave it out: databricks-sql-access is enough for SQL.",
        url="https://docs.databricks.com/aws/en/security/auth/entitlements",
        severity=HIGH,
        kinds=databricks("Entitlements", "ServicePrincipal", "Group", "User") | ENTITLED,
        check=_compute_not_created,
        references=[("Databricks SAT", "INFO-4"), ("NIST 800-53", "AC-6")],
    ),
]
