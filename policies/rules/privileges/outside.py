"""What comes from outside the stack: a role or a group of which nobody sees here what it may do,
and one that is taken over by force.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pulumi_policy import PolicyResource

from ..grants import roles_given
from ..graph import GROUPS, MEMBER
from ..kinds import (
    ACCOUNT_ROLE_OF,
    DATABASE_ROLE_OF,
    LEGACY_ROLE_OF,
    STATEMENTS,
    databricks,
    kind_of,
    snowflake,
)
from ..ours import Ours, allowed, normal, shown, sources
from ..rule import HIGH, Judged, Report, ReportOn, Rule, Stack, names
from ..values import SYSTEM_ROLES, identifier, is_word, peek

APPLICATION_ROLE_OF = snowflake("GrantApplicationRole")
ACCOUNT_ROLES, DATABASE_ROLES = snowflake("AccountRole", "Role"), snowflake("DatabaseRole")
# The role that is given, by the property that names it.
GIVEN = {
    **dict.fromkeys(ACCOUNT_ROLE_OF | LEGACY_ROLE_OF, ("roleName", ACCOUNT_ROLES)),
    **dict.fromkeys(DATABASE_ROLE_OF, ("databaseRoleName", DATABASE_ROLES)),
    **dict.fromkeys(APPLICATION_ROLE_OF, ("applicationRoleName", frozenset[str]())),
}
BY_STATEMENT = {"ROLE": ACCOUNT_ROLES, "DATABASE ROLE": DATABASE_ROLES}
FORCED = ("force", "replaceExisting")
DIRECTORY = databricks("Directory")
EVERYBODYS = re.compile(r"/?(Workspace/?)?((Shared|(Users|Repos)(/[^/]+)?)/?)?")
ADOPTING = databricks(
    "GitCredential",
    "Group",
    "PostgresBranch",
    "PostgresDatabase",
    "PostgresEndpoint",
    "PostgresRole",
    "ServicePrincipal",
    "User",
)


def _given(resource: PolicyResource) -> Iterator[tuple[Any, str, frozenset[str]]]:
    """Each role that is given: its name, the property, and what it must be."""
    kind = kind_of(resource.resource_type)
    if kind in GIVEN:
        key, kinds = GIVEN[kind]
        yield peek(resource.props, key), key, kinds
    elif kind in STATEMENTS:
        for key, said in roles_given(resource):
            yield said.role, key, BY_STATEMENT.get(said.role_kind, frozenset())


def _roles_visible(stack: Stack, report: ReportOn) -> None:
    ours = Ours(stack)
    for resource in stack.resources:
        kind = kind_of(resource.resource_type)
        for role, key, kinds in _given(resource):
            made = sources(resource, key)
            if not ours.judgeable(role, made, key) or normal(role, kind) in allowed(
                stack.limits["roles"], kind
            ):
                continue
            if ours.has(role, made, kinds) or _is_system(role):
                continue  # one that administers has a rule of its own
            report(
                f"Gives {shown(role)}, which this stack does not make: what it may do nobody can "
                "see here.",
                resource.urn,
            )


def _is_system(role: Any) -> bool:
    return isinstance(role, str) and identifier(role) in SYSTEM_ROLES


def _memberships_visible(stack: Stack, report: ReportOn) -> None:
    ours = Ours(stack)
    for resource in stack.resources:
        if kind_of(resource.resource_type) not in MEMBER:
            continue
        made = sources(resource, "groupId")
        group = peek(resource.props, "groupId")
        if not group or (
            ours.judgeable(group, made, "groupId")
            and not ours.has(group, made, GROUPS, "groupId")
            and normal(group) not in allowed(stack.limits["groups"])
        ):
            report(
                "The group is known by a number only: what it may do, or whether it is "
                "`admins`, nobody can see here.",
                resource.urn,
            )


def _nothing_adopted(judged: Judged, report: Report) -> None:
    if judged.kind in DIRECTORY:
        path = judged.props.get("path") or ""
        if EVERYBODYS.fullmatch(path):
            report(f"{path} is there already, and is everybody's: it would be taken for your own.")
        return
    for key in FORCED:
        with judged.later():
            if is_word(judged.props.get(key), "true"):
                report(
                    f"{key} is true: one of that name that exists already is taken over, with all "
                    "that it may do, and its members."
                )


def let_it_fail(_kind: str, inputs: dict[str, Any]) -> dict[str, Any] | None:
    forced = [key for key in FORCED if is_word(inputs.get(key), "true")]
    return {**inputs, **dict.fromkeys(forced, False)} if forced else None


RULES = [
    Rule(
        name="memberships-visible",
        description="Members are added to groups of the same stack only.",
        why="A member has everything that the group has, and an id does not say what that is.",
        fix="Make a group for the service and grant to that, or name the group in `groups`.",
        url="https://docs.databricks.com/aws/en/admin/users-groups/groups",
        severity=HIGH,
        kinds=frozenset(MEMBER),
        stack_check=_memberships_visible,
        limits={"groups": names("Ids of other stacks' groups that may have members.")},
        references=[("NIST 800-53", "AC-6")],
    ),
    Rule(
        name="roles-visible",
        description="Roles that are given are of the same stack.",
        why="Whoever has a role has all that it was granted, and a name does not say what that is.",
        fix="Make a role that may only read and give that, or name the role in `roles`.",
        url="https://docs.snowflake.com/en/user-guide/security-access-control-overview",
        severity=HIGH,
        kinds=frozenset(GIVEN) | STATEMENTS,
        stack_check=_roles_visible,
        limits={
            "roles": names("Other stacks' roles that may be given; a database's as DB.ROLE."),
        },
        references=[("NIST 800-53", "AC-6")],
    ),
    Rule(
        name="nothing-adopted",
        description="Nothing that exists is taken over by its name.",
        why="A new group that is an old one brings that one's members and rights.",
        fix="Leave it out and choose a name that is free, or import the resource.",
        url="https://www.pulumi.com/registry/packages/databricks/api-docs/group/",
        severity=HIGH,
        kinds=ADOPTING | DIRECTORY,
        check=_nothing_adopted,
        remedy=let_it_fail,
        references=[("NIST 800-53", "AC-6")],
    ),
]
