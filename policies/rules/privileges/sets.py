"""A role's set of privileges: what may stand in it, and whose it may be. What it does not list is
revoked from its role, so that must be one of the stack's own.
"""

from __future__ import annotations

from collections.abc import Iterable

from pulumi_policy import PolicyResource

from .. import grants
from ..entries import DATABASE_ROLE, GRANTED
from ..identifiers import unquoted
from ..kinds import ROLE_PRIVILEGES, kind_of, snowflake
from ..rule import CRITICAL, HIGH, Judged, Props, Report, ReportOn, Rule, Stack
from ..values import SYSTEM_ROLES, identifier, is_unknown

KINDS = frozenset({ROLE_PRIVILEGES})
DATABASE_ROLES = snowflake("DatabaseRole")
ROLES = snowflake("AccountRole", "Role") | DATABASE_ROLES
Name = tuple[str, ...]


def _role_privileges_read_only(judged: Judged, report: Report) -> None:
    # Where it is not known: a role that this stack makes, or `unknowns-named` tells of it.
    role = None if is_unknown(judged.props, "role") else judged.props.get("role")
    if identifier(role) in SYSTEM_ROLES:
        report(f"It is of {role}, and revokes from it what it does not list.")
    for text, entry in grants.entries(judged.props):
        problem = entry.problem() if entry else "it is not the canonical text of a privilege"
        if problem:
            report(f"{text}: {problem}.")
        with judged.later():
            if judged.props["privileges"][text] != GRANTED:
                report(f"{text}: its value is not {GRANTED!r}.")


def _role_privileges_own_role(stack: Stack, report: ReportOn) -> None:
    made = [each for each in stack.resources if kind_of(each.resource_type) in ROLES]
    ours = {name for each in made if (name := _name_of(each))}
    for resource in stack.resources:
        if kind_of(resource.resource_type) != ROLE_PRIVILEGES:
            continue
        props, sources = resource.props, resource.property_dependencies
        known, of = not is_unknown(props, "role"), sources.get("role", ())
        from_role = any(kind_of(each.resource_type) in ROLES for each in of)
        if not (_holder(props) in ours or _waits_for(of) if known else from_role):
            role = props.get("role") if known else "a role that is not known yet"
            report(
                f"It is of {role}, which this stack does not make, and revokes what it does not "
                "list.",
                resource.urn,
            )
        if is_unknown(props, "privileges") or _waits_for(sources.get("privileges", ())):
            continue
        for text, entry in grants.entries(props):
            if entry and entry.kind == DATABASE_ROLE and entry.name not in ours:
                report(f"{text}: this stack does not make that role.", resource.urn)


def _name_of(role: PolicyResource) -> Name:
    """Its parts; nothing while one is not known."""
    keys = ("database", "name") if kind_of(role.resource_type) in DATABASE_ROLES else ("name",)
    if any(is_unknown(role.props, key) for key in keys):
        return ()
    return tuple(role.props.get(key) or "" for key in keys)


def _holder(props: Props) -> Name:
    role = props.get("role") or ""
    in_database = not is_unknown(props, "roleKind") and props.get("roleKind") == DATABASE_ROLE
    return unquoted(role) if in_database else (role,)


def _waits_for(sources: Iterable[PolicyResource]) -> bool:
    """Whether a value comes from a role of the stack whose name is not known yet."""
    return any(kind_of(each.resource_type) in ROLES and not _name_of(each) for each in sources)


RULES = [
    Rule(
        name="role-privileges-read-only",
        description="A role's set of privileges holds reading only, each in its canonical text.",
        why="What is written otherwise than the plugin writes it no reviewer can compare.",
        fix="Declare USAGE, SELECT or IMPORTED PRIVILEGES, without the grant option, on a role of "
        "your own.",
        url="https://docs.snowflake.com/en/sql-reference/sql/grant-privilege",
        severity=CRITICAL,
        kinds=KINDS,
        check=_role_privileges_read_only,
        references=[("NIST 800-53", "AC-6")],
    ),
    Rule(
        name="role-privileges-own-role",
        description="A set of privileges is of a role of the same stack.",
        why="It is all that its role keeps: what others gave to it is revoked.",
        fix="Make a role for it, or grant single privileges.",
        url="https://docs.snowflake.com/en/user-guide/security-access-control-overview",
        severity=HIGH,
        kinds=KINDS,
        stack_check=_role_privileges_own_role,
    ),
]
