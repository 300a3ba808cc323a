"""What Snowflake's resources mean for access."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cube_access.facts import statements
from cube_access.facts.identifiers import parse, plain
from cube_access.facts.securables import plural
from cube_access.report.access import Access, Grant, Identity, Names, Reader, nothing, texts
from cube_access.report.own import ROLE_PRIVILEGES
from cube_access.report.preview import UNKNOWN, Resource
from cube_access.snowflake.privileges import (
    ACCOUNT_ROLE,
    ALL,
    ALL_AND_FUTURE,
    DATABASE_ROLE,
    FUTURE,
    IMPORTED,
    ROLES,
    Entry,
)


def readable(name: str) -> str:
    """A name as a person writes it: quoted only where needed."""
    try:
        return plain(*parse(name)) if '"' in name else name
    except ValueError:
        return name


def _role(resource: Resource, names: Names, key: str, kind: str = "role") -> Identity:
    return Identity(kind, readable(names.of(resource, key)))


def _on(resource: Resource, names: Names) -> list[tuple[str, str, str]]:
    """Kind, name and scope of what a grant is on."""
    inputs = resource.inputs
    if inputs.get("onAccount"):
        return [("account", "the account", "")]
    if inputs.get("onDatabase"):
        return [("database", readable(names.of(resource, "onDatabase")), "")]
    target: dict[str, Any] = inputs.get("onAccountObject") or {}
    if target:
        name = names.of(resource, "onAccountObject", target.get("objectName", UNKNOWN))
        return [(str(target.get("objectType")).lower(), readable(name), "")]
    target = inputs.get("onSchema") or {}
    for key, kind, scope in (
        ("schemaName", "schema", ""),
        ("allSchemasInDatabase", "database", "all schemas"),
        ("futureSchemasInDatabase", "database", "future schemas"),
    ):
        if target.get(key):
            return [(kind, readable(str(target[key])), scope)]
    target = inputs.get("onSchemaObject") or {}
    for word in ("all", "future"):
        inside: dict[str, Any] = target.get(word) or {}
        for key, kind in (("inSchema", "schema"), ("inDatabase", "database")):
            if inside.get(key):
                plural = str(inside.get("objectTypePlural")).lower()
                return [(kind, readable(str(inside[key])), f"{word} {plural}")]
    if target:
        kind = _object(str(target.get("objectType", "object")).lower())
        return [(kind, readable(str(target.get("objectName"))), "")]
    return []


def _object(kind: str) -> str:
    """Offline nobody has looked whether it is a table or a view."""
    return "table or view" if kind in {"table", "view", UNKNOWN} else kind


def _privileges(resource: Resource) -> list[str]:
    if resource.inputs.get("allPrivileges"):
        return ["ALL PRIVILEGES"]
    return [each.upper() for each in texts(resource.inputs.get("privileges"))]


def _give(resource: Resource, names: Names, access: Access, holder: Identity) -> None:
    targets = _on(resource, names)
    if not targets:
        access.not_read.add((resource.kind, resource.name))
    option = resource.inputs.get("withGrantOption") is True
    for kind, name, scope in targets:
        for privilege in _privileges(resource):
            access.grants.add(Grant(holder, kind, name, privilege, scope, option))


def to_account_role(resource: Resource, names: Names, access: Access) -> None:
    _give(resource, names, access, _role(resource, names, "accountRoleName"))


def to_database_role(resource: Resource, names: Names, access: Access) -> None:
    _give(resource, names, access, _role(resource, names, "databaseRoleName", "database role"))


def ownership(resource: Resource, names: Names, access: Access) -> None:
    kind = "role" if resource.inputs.get("accountRoleName") else "database role"
    key = "accountRoleName" if kind == "role" else "databaseRoleName"
    on: dict[str, Any] = resource.inputs.get("on") or {}
    inside = on.get("all") or on.get("future") or {}
    name = on.get("objectName") or inside.get("inSchema") or inside.get("inDatabase") or "objects"
    target = str(on.get("objectType") or inside.get("objectTypePlural") or "object").lower()
    holder = _role(resource, names, key, kind)
    access.grants.add(Grant(holder, target, readable(str(name)), "OWNERSHIP"))


def account_role(resource: Resource, names: Names, access: Access) -> None:
    role = _role(resource, names, "roleName")
    if resource.inputs.get("userName"):
        access.members.add((_role(resource, names, "userName", "user"), role))
    else:
        access.members.add((_role(resource, names, "parentRoleName"), role))


def database_role(resource: Resource, names: Names, access: Access) -> None:
    role = _role(resource, names, "databaseRoleName", "database role")
    for key, kind in (
        ("parentRoleName", "role"),
        ("parentDatabaseRoleName", "database role"),
        ("shareName", "share"),
    ):
        if resource.inputs.get(key):
            access.members.add((_role(resource, names, key, kind), role))


def holder(resource: Resource, names: Names) -> Identity:
    """Whose privileges a set of them is."""
    in_database = resource.inputs.get("roleKind") == DATABASE_ROLE
    return _role(resource, names, "role", "database role" if in_database else "role")


def role_privileges(resource: Resource, names: Names, access: Access) -> None:
    """A set as it is declared or, of the state, as it was read: a declared privilege that lacks
    something is among them, and one that was not declared, too.
    """
    role = holder(resource, names)
    entries = resource.inputs.get("privileges")
    if not isinstance(entries, Mapping):  # not known yet
        access.not_read.add((resource.kind, resource.name))
        return
    for text in (*entries, *texts(resource.inputs.get("extra"))):
        try:
            entry = Entry.of(text)
        except ValueError:
            access.not_read.add((resource.kind, f"{resource.name}: {text}"))
            continue
        _hold(entry, role, access)


def _hold(entry: Entry, role: Identity, access: Access) -> None:
    kind, name = entry.kind.lower(), plain(*entry.name)
    if entry.kind in ROLES and entry.privilege == "USAGE":
        # Elsewhere, too, an account role goes by its name as it is.
        has = Identity(kind, entry.name[0] if entry.kind == ACCOUNT_ROLE else name)
        access.members.add((role, has))
        return
    scopes = [""]
    if entry.reach:
        words = {ALL_AND_FUTURE: ("all", "future"), ALL: ("all",), FUTURE: ("future",)}
        which = ("inherited",) if entry.inherited else words[entry.reach]
        scopes = [f"{word} {plural(entry.kind)}".lower() for word in which]
        kind = ("account", "database", "schema")[len(entry.name)]
    elif len(entry.name) == 3:
        kind = _object(kind)
    for scope in scopes:
        access.grants.add(
            Grant(role, kind, name or "the account", entry.privilege, scope, entry.grant_option)
        )


_LOOKS = (statements.Looks, statements.RefreshesSecret)
# With a list of columns it is not one of the whole relation.
_PRIVILEGE = re.compile(r"[A-Z_ ]+")


def execute(resource: Resource, _names: Names, access: Access) -> None:
    """Raw SQL: a GRANT is read, what only looks is passed over, and the rest is listed, with what
    is run when the resource goes or is looked at.
    """
    made = statements.read(str(resource.inputs.get("execute", "")))
    if not (isinstance(made, _LOOKS) or _given(made, access)):
        access.not_read.add((resource.kind, resource.name))
    for key in ("revert", "query"):
        if text := str(resource.inputs.get(key) or ""):
            said = statements.read(text)
            if not (isinstance(said, _LOOKS) or statements.undoes(said, made)):
                access.not_read.add((resource.kind, f"{resource.name} ({key})"))


def _given(said: statements.Statement, access: Access) -> bool:
    """Whether a statement is a grant that can be shown, and is among the access now."""
    if not isinstance(said, statements.Privileges | statements.RoleOf) or said.revokes:
        return False
    holder = _grantee(said.grantee_kind, said.grantee)
    if isinstance(said, statements.RoleOf):
        access.members.add((holder, _grantee(said.role_kind, said.role)))
        return True
    if not said.named or not all(_PRIVILEGE.fullmatch(each) for each in said.names):
        return False
    word = "inherited" if said.inherited else said.reach.lower()
    scope = f"{word} {plural(said.kind)}".lower() if said.container else ""
    kind = (said.container or said.kind).lower()
    name = readable(said.name) or "the account"
    for privilege in said.names:
        access.grants.add(Grant(holder, kind, name, privilege, scope, said.passed_on))
    return True


def _grantee(kind: str, name: str) -> Identity:
    kind = kind.lower() or "role"
    try:
        parts = parse(name)
    except ValueError:
        parts = (name,)
    # Elsewhere, too, what is of the account goes by its name as it is.
    return Identity(kind, parts[0] if len(parts) == 1 else plain(*parts))


GRANTS = frozenset(
    {
        "snowflake:Execute",
        "snowflake:GrantPrivilegesToAccountRole",
        "snowflake:GrantPrivilegesToDatabaseRole",
    }
)
"""Each of one privilege; of one on ALL the plugin knows only that it made it."""
READERS: dict[str, Reader] = {
    "snowflake:AccountRole": nothing,
    "snowflake:AllowedRoles": nothing,
    "snowflake:ClientSecret": nothing,
    "snowflake:DatabaseRole": nothing,
    "snowflake:Execute": execute,
    "snowflake:GrantAccountRole": account_role,
    "snowflake:GrantDatabaseRole": database_role,
    "snowflake:GrantOwnership": ownership,
    "snowflake:GrantPrivilegesToAccountRole": to_account_role,
    "snowflake:GrantPrivilegesToDatabaseRole": to_database_role,
    "snowflake:KeyPair": nothing,
    "snowflake:Mark": nothing,
    ROLE_PRIVILEGES: role_privileges,
    "snowflake:Settled": nothing,
    "snowflake:UnsafeExecute": execute,
    "snowflake:UserDefaults": nothing,
}


def reach(access: Access) -> set[tuple[Identity, str]]:
    """What identities can get at beyond the securables that are named."""
    found = set()
    inside: dict[tuple[Identity, str, str], dict[str, set[str]]] = {}
    for each in access.grants:
        if each.privilege == IMPORTED:
            found.add((each.holder, f"everything in database {each.securable}, which another "
                                    "account shares, now and later"))  # fmt: skip
        word, _, what = each.scope.partition(" ")
        if word:
            where = f"{each.privilege} in {each.kind} {each.securable}"
            kinds = inside.setdefault((each.holder, each.kind, where), {})
            kinds.setdefault(word, set()).add(what)
    for (holder, _, where), kinds in inside.items():
        both = kinds.get("inherited", set())
        now, later = (
            ", ".join(sorted(kinds.get(word, set()) | both)) for word in ("all", "future")
        )
        if now == later:
            text = f"{where}: {now}, those that exist when it is applied and those created later"
        else:
            parts = [f"{now} that exist when it is applied"] if now else []
            parts += [f"{later} created from then on"] if later else []
            text = f"{where}: {'; '.join(parts)}"
        found.add((holder, f"{text}, whoever creates them" if later else text))
    ours = {grant.holder for grant in access.grants}
    known = ours | {member for member, _ in access.members}
    for member, role in access.members:
        if role not in known:
            found.add((member, f"all that {role} has, now and later, which is not in this report"))
        if member.kind == "role" and member not in ours:
            found.add((member, f"everybody who has role {member.name}, directly or through "
                               f"another role, now and later, gets {role}"))  # fmt: skip
    return found
