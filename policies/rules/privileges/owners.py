"""Who owns a securable: an owner has every privilege on it, and may give each to anybody."""

from __future__ import annotations

import re

from ..kinds import PRINCIPALS, databricks, kind_of
from ..ours import Ours, allowed, normal, shown, sources
from ..rule import CRITICAL, ReportOn, Rule, Stack, names
from ..values import peek

OWNED = databricks(
    "Catalog",
    "Connection",
    "Credential",
    "ExternalLocation",
    "ExternalMetadata",
    "Metastore",
    "MetastoreDataAccess",
    "Recipient",
    "RegisteredModel",
    "Schema",
    "SecretUc",
    "Share",
    "SqlTable",
    "StorageCredential",
    "Table",
    "Volume",
)
OWNER = {
    **dict.fromkeys(OWNED, "owner"),
    **dict.fromkeys(databricks("Query", "Alert"), "ownerUserName"),
}
APPLICATION_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _owners_not_services(stack: Stack, report: ReportOn) -> None:
    ours = Ours(stack)
    known = allowed(stack.limits["owners"])
    for resource in stack.resources:
        key = OWNER.get(kind_of(resource.resource_type))
        if not key:
            continue
        owner = peek(resource.props, key)
        made = sources(resource, key)
        if not ours.judgeable(owner, made, key) or normal(owner) in known:
            continue
        by_id = isinstance(owner, str) and APPLICATION_ID.fullmatch(normal(owner))
        if by_id or ours.has(owner, made, PRINCIPALS):
            report(
                f"{key} is {shown(owner)}, a service principal: it has every privilege there, and "
                "may give each to anybody.",
                resource.urn,
            )


RULES = [
    Rule(
        name="owners-not-services",
        description="No service principal owns a securable.",
        why="An owner reads, writes, drops and grants, whatever else was granted.",
        fix="Let a team's group own it, or name the deployer's application id in `owners`.",
        url="https://docs.databricks.com/aws/en/data-governance/unity-catalog/manage-privileges/ownership",
        severity=CRITICAL,
        kinds=frozenset(OWNER),
        stack_check=_owners_not_services,
        limits={
            "owners": names("Application ids that may own: the deployer's."),
        },
        references=[("NIST 800-53", "AC-6")],
    ),
]
