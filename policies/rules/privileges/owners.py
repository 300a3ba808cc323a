"""Who owns a securable: an owner has every privilege on it, and may give each to anybody."""

from __future__ import annotations

import re

from ..graph import GROUPS, MEMBER
from ..kinds import PRINCIPALS, databricks, kind_of
from ..ours import Ours, allowed, called, normal, shown, sources
from ..rule import CRITICAL, ReportOn, Rule, Stack, names
from ..values import is_unseen, peek

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


METASTORE = databricks("Metastore")


def _groups_with_services(stack: Stack, ours: Ours) -> set[str]:
    """What the stack's groups are called of which one of its service principals is a member."""
    found: set[str] = set()
    for resource in stack.resources:
        key = MEMBER.get(kind_of(resource.resource_type))
        if not key:
            continue
        member, made = peek(resource.props, key), sources(resource, key)
        if not ours.has(member, made, PRINCIPALS, key):
            continue
        group, made = peek(resource.props, "groupId"), sources(resource, "groupId")
        for each in ours.of(GROUPS):
            if each in made or (not is_unseen(group) and normal(group) in called(each)):
                found |= called(each)
    return found


def _owners_not_services(stack: Stack, report: ReportOn) -> None:
    ours = Ours(stack)
    with_services = _groups_with_services(stack, ours)
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
        elif isinstance(owner, str) and normal(owner) in with_services:
            report(
                f"{key} is {shown(owner)}, a group with a service principal of this stack in it: "
                "that has every privilege there, and may give each to anybody.",
                resource.urn,
            )
        elif kind_of(resource.resource_type) in METASTORE and "@" in normal(owner):
            report(
                f"{key} is {shown(owner)}: one person administers the metastore. Name a group.",
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
