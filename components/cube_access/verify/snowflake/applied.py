"""What the last `up` gave our roles, as the state has it: entry by entry."""

from __future__ import annotations

from collections.abc import Iterable

from cube_access.facts.identifiers import unquoted
from cube_access.facts.securables import plural
from cube_access.provider.sdk import SIGNATURE_KEY
from cube_access.snowflake.grants import SELECT, USAGE, Reading
from cube_access.snowflake.privileges import DATABASE_ROLE, IMPORTED, Entry
from cube_access.verify.deployed import CannotCheckError, Deployed
from cube_access.verify.snowflake.held import Role

SET = "cube-access:snowflake:RolePrivileges"


def entries(deployed: Deployed, roles: Iterable[Role]) -> list[Entry]:
    """The privileges that were declared for these roles; none in the state of a version before,
    which kept each privilege as a resource of the plugin's.

    Raises:
        CannotCheckError: they are secret, and the exported state has them encrypted.
    """
    ours = set(roles)
    found = []
    for each in deployed.resources:
        given = each.get("inputs") or {}
        if each["type"] == SET and _role(given) in ours:
            declared = given.get("privileges") or {}
            if SIGNATURE_KEY in declared:
                raise CannotCheckError(
                    f"stack {deployed.stack} keeps the privileges of a role secret, because a name "
                    "in them is (a warehouse, a schema): what was granted cannot be read. Set that "
                    "name without --secret, run `pulumi up`, and verify again."
                )
            found += [Entry.of(text) for text in declared]
    return found


def _role(given: dict[str, str]) -> Role:
    name, kind = str(given.get("role")), str(given.get("roleKind"))
    parts = unquoted(name) if kind == DATABASE_ROLE else (name,)
    return Role(kind.replace(" ", "_"), parts)


def reading_of(declared: Iterable[Entry]) -> Reading:
    """What these read, besides the warehouse and the membership in a role of ours."""
    every = sorted(declared)
    single = [each for each in every if not each.reach]
    contained = [each for each in every if each.reach and each.privilege == SELECT]
    return Reading(
        databases=[e.name for e in single if (e.privilege, e.kind) == (USAGE, "DATABASE")],
        schemas=[e.name for e in single if (e.privilege, e.kind) == (USAGE, "SCHEMA")],
        whole_schemas=sorted({e.name for e in contained if len(e.name) == 2}),
        whole_databases=sorted({e.name for e in contained if len(e.name) == 1}),
        objects=sorted(e.name for e in single if e.privilege == SELECT),
        imported=[e.name for e in single if e.privilege == IMPORTED],
        kinds=tuple(sorted({plural(each.kind) for each in contained})),
        inherited=any(each.inherited for each in contained),
    )
