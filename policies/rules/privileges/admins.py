"""Nobody becomes an administrator: not directly, and not by a role that has one."""

from __future__ import annotations

from typing import Any

from .. import grants, sql
from ..entries import ACCOUNT_ROLE
from ..graph import (
    ASSIGNMENT,
    DATABRICKS_ROLE,
    GROUPS,
    MEMBER,
    WORKSPACE_ADMIN,
    edges,
    path_to,
)
from ..kinds import (
    ACCOUNT_ROLE_OF,
    DATABASE_ROLE_OF,
    LEGACY_ROLE_OF,
    ROLE_PRIVILEGES,
    STATEMENTS,
    databricks,
    on_snowflake,
    snowflake,
)
from ..principals import DATABRICKS_ADMINS
from ..rule import CRITICAL, Judged, Report, ReportOn, Rule, Stack, names
from ..values import SYSTEM_ROLES, SecretText, identifier, is_unknown, is_unseen, is_word, peek
from .use import ENTITLED

SCIM = snowflake("ScimIntegration")
CONNECTION = databricks("Connection")
POSTGRES_ROLE = databricks("PostgresRole")
POSTGRES_ADMIN = ("bypassrls", "createdb", "createrole")
ACCOUNT_ADMIN = "account_admin"
LIMITS: dict[str, dict[str, Any]] = {
    "adminRoles": names("Roles of your own that administer, besides those of the system."),
}


def _admin_roles_ungranted(judged: Judged, report: Report) -> None:
    props = judged.props
    roles: list[Any] = []
    if judged.kind in ACCOUNT_ROLE_OF | LEGACY_ROLE_OF:
        # Where it is not known: a role that this stack makes, or `unknowns-named` tells of it.
        roles = [] if is_unknown(props, "roleName") else [props.get("roleName")]
    elif judged.kind in STATEMENTS:
        said = [each for _, each in grants.statements(judged)]
        roles = [each.role for each in said if isinstance(each, sql.RoleOf) and not each.revokes]
    elif judged.kind == ROLE_PRIVILEGES:
        roles = [
            SecretText(each.name[-1]) if isinstance(text, SecretText) else each.name[-1]
            for text, each in grants.entries(judged.props)
            if each and each.kind == ACCOUNT_ROLE and each.name
        ]
    elif judged.kind in DATABRICKS_ROLE:
        # Others of these are instance profiles, by their ARN.
        roles = [props.get("role")] if ACCOUNT_ADMIN in props["role"].lower() else []
    elif judged.kind in ASSIGNMENT:
        permissions = judged.known(props.get("permissions"))
        roles = [WORKSPACE_ADMIN for each in permissions if each.upper() == "ADMIN"]
    elif judged.kind in ENTITLED:
        entitlements = judged.known(props.get("entitlements"))
        roles = [WORKSPACE_ADMIN for each in entitlements if "ADMIN" in each.upper()]
    elif judged.kind in POSTGRES_ROLE:
        spec = props.get("spec") or {}
        roles = [
            each for each in judged.known(spec.get("membershipRoles")) if "SUPER" in each.upper()
        ]
        with judged.later():
            given = spec.get("attributes") or {}
            roles += [name for name in POSTGRES_ADMIN if is_word(given.get(name), "true")]
    elif judged.kind in SCIM:
        roles = [props.get("runAsRole")]
    elif judged.kind in CONNECTION:
        # By a foreign catalog people read with the rights of its one role.
        role = peek(peek(props, "options") or {}, "sfRole")
        if is_unseen(role):
            judged.not_known("options.sfRole")
        roles = [role] if isinstance(role, str) and identifier(role) in SYSTEM_ROLES else []
    elif judged.kind in GROUPS and (props.get("displayName") or "").lower() == DATABRICKS_ADMINS:
        roles = [DATABRICKS_ADMINS]
    admins = SYSTEM_ROLES | {identifier(role) for role in judged.limits["adminRoles"]}
    for role in roles:
        if role and (not on_snowflake(judged.kind) or identifier(role) in admins):
            report(f"Gives {role}, which administers the account or the workspace.")


def _admin_roles_unreachable(stack: Stack, report: ReportOn) -> None:
    graph = list(edges(stack.resources))
    admins = SYSTEM_ROLES | {identifier(role) for role in stack.limits["adminRoles"]}
    goals = frozenset(admins | {name.upper() for name in (ACCOUNT_ADMIN, WORKSPACE_ADMIN)})
    for edge in graph:
        path = path_to(edge.role, goals, graph)
        if len(path) > 1:
            way = " > ".join(f"{role}" for role in path[:-1])
            report(f"{edge.holder} becomes {path[-1]}, by way of {way}.", edge.urn)


RULES = [
    Rule(
        name="admin-roles-ungranted",
        description="No role that administers the account or a workspace is granted.",
        why="An administrator can read everything and grant the rest.",
        fix="Grant a role that may only read.",
        url="https://docs.snowflake.com/en/user-guide/security-access-control-considerations",
        severity=CRITICAL,
        kinds=ACCOUNT_ROLE_OF
        | CONNECTION
        | LEGACY_ROLE_OF
        | STATEMENTS
        | frozenset(DATABRICKS_ROLE)
        | ASSIGNMENT
        | GROUPS
        | ENTITLED
        | SCIM
        | POSTGRES_ROLE
        | {ROLE_PRIVILEGES},
        check=_admin_roles_ungranted,
        limits=LIMITS,
        references=[
            ("CIS Snowflake 1.0.0", "1.13"),
            ("Databricks SAT", "INFO-6"),
            ("NIST 800-53", "AC-6(5)"),
        ],
    ),
    Rule(
        name="admin-roles-unreachable",
        description="No chain of roles ends in one that administers.",
        why="A role has everything that the roles granted to it have, at any depth.",
        fix="Take one of these grants out.",
        url="https://docs.snowflake.com/en/user-guide/security-access-control-overview",
        severity=CRITICAL,
        kinds=ACCOUNT_ROLE_OF
        | DATABASE_ROLE_OF
        | LEGACY_ROLE_OF
        | STATEMENTS
        | frozenset(MEMBER)
        | ASSIGNMENT
        | frozenset(DATABRICKS_ROLE)
        | {ROLE_PRIVILEGES},
        stack_check=_admin_roles_unreachable,
        limits=LIMITS,
        references=[("CIS Snowflake 1.0.0", "1.13"), ("NIST 800-53", "AC-6(5)")],
    ),
]
