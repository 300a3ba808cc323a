"""GRANT and REVOKE, and the SHOW GRANTS family.

Owns on what and to whom; who may pass a privilege on is `roles.py`'s.
"""

from typing import Any

from sandbox.snowflake.account import Account
from sandbox.snowflake.errors import SqlError, compilation
from sandbox.snowflake.kinds import KINDS, SCHEMA_OBJECTS, SINGULAR
from sandbox.snowflake.objects import kind_of, read_name
from sandbox.snowflake.roles import add_grant
from sandbox.snowflake.securables import SHARE, Future, Grant, Inherited, Securable, dotted
from sandbox.snowflake.session import Result, Session, listing, status
from sandbox.snowflake.syntax import Reader

GRANTEES = ("DATABASE ROLE", "ROLE", "USER")
ACCOUNT_PRIVILEGES = (
    "APPLY AUTHENTICATION POLICY", "APPLY MASKING POLICY", "APPLY ROW ACCESS POLICY", "APPLY TAG",
    "ATTACH POLICY", "CREATE DATABASE", "CREATE INTEGRATION", "CREATE NETWORK POLICY",
    "CREATE RESOURCE MONITOR", "CREATE ROLE", "CREATE USER", "CREATE WAREHOUSE", "EXECUTE TASK",
    "IMPORT SHARE", "MANAGE GRANTS", "MANAGE WAREHOUSES", "MONITOR EXECUTION", "MONITOR USAGE",
    "OVERRIDE SHARE RESTRICTIONS", "APPLY SESSION POLICY", "APPLY PASSWORD POLICY",
)  # fmt: skip
OTHER_PRIVILEGES = ("SELECT", "INSERT", "USAGE", "READ", "WRITE", "OPERATE", "REFERENCES")
IMPORTED = "IMPORTED PRIVILEGES"
ALWAYS = ("OWNERSHIP", "ALL", "ALL PRIVILEGES", "MONITOR", IMPORTED, "APPLYBUDGET")
IN_DATABASES = ("DATABASE", "SCHEMA", *SCHEMA_OBJECTS)


class Target:
    """What a privilege is granted on: what is there now, and perhaps what is to come."""

    def __init__(self, kind: str, present: list[Securable], future: Securable | None) -> None:
        self.kind, self.present, self.future = kind, present, future


def grant(state: Account, session: Session, reader: Reader) -> Result:
    if role_kind := role_grant(reader):
        return change_membership(state, session, reader, role_kind, add=True)
    privileges = read_privileges(reader)
    reader.expect("ON")
    target = read_target(state, session, reader)
    reader.expect("TO")
    to = read_grantee(state, session, reader, target, privileges)
    option = reader.take("WITH GRANT OPTION")
    keep = reader.take("COPY CURRENT GRANTS")
    reader.take("REVOKE CURRENT GRANTS")
    reader.finish()
    for privilege in expanded(target.kind, privileges):
        check_privilege(target.kind, privilege)
        if target.future:
            require_future(state, session, target.future)
            check_shared(state, target.future, privilege)
            add_future(state, target, privilege, to, option)
        for one in target.present:
            check_shared(state, one, privilege)
            if privilege == "OWNERSHIP":
                give(state, session, one, to, keep)
                continue
            by = state.roles.grantor(session, privilege, one)
            if by is None:
                raise SqlError(3001, "42501", not_executed())
            # Of what another account shares there is one privilege, which is shown as USAGE.
            held = "USAGE" if privilege == IMPORTED else privilege
            add_grant(one, Grant(held, one, to, option, by, state.clock()))
    return status("Statement executed successfully.")


def check_shared(state: Account, one: Securable, privilege: str, doing: str = "Granting") -> None:
    """What another account shares is granted as a whole, and nothing else is."""
    database = state.catalog.find("DATABASE", one.name[:1]) if one.kind in IN_DATABASES else None
    shared = bool(database and database.text(SHARE))
    if shared and privilege != IMPORTED:
        statement = "GRANT" if doing == "Granting" else "REVOKE"
        message = (
            f"{doing} individual privileges on imported database is not allowed. Use '{statement} "
            "IMPORTED PRIVILEGES' instead."
        )
        raise compilation(message, 3001, "42501")
    if privilege == IMPORTED and not shared:
        raise compilation(f"Database '{one}' is not an imported database.", 3001, "42501")


def revoke(state: Account, session: Session, reader: Reader) -> Result:
    if role_kind := role_grant(reader):
        return change_membership(state, session, reader, role_kind, add=False)
    option_only = reader.take("GRANT OPTION FOR")
    privileges = read_privileges(reader)
    reader.expect("ON")
    target = read_target(state, session, reader)
    reader.expect("FROM")
    to = read_grantee(state, session, reader, target, privileges)
    cascade = reader.take("CASCADE")
    reader.take("RESTRICT")
    reader.finish()
    for privilege in expanded(target.kind, privileges):
        check_privilege(target.kind, privilege)
        if target.future:
            require_future(state, session, target.future)
            target.future.future = [
                f
                for f in target.future.future
                if (f.privilege, f.kind, f.to) != (privilege, target.kind, to)
            ]
        held = "USAGE" if privilege == IMPORTED else privilege
        for one in target.present:
            check_shared(state, one, privilege, "Revoking")
            if state.roles.grantor(session, held, one) is None:
                raise SqlError(3001, "42501", not_executed())
            take_back(one, held, to, option_only, cascade)
    return status("Statement executed successfully.")


def not_executed() -> str:
    return "SQL access control error:\nGrant not executed: Insufficient privileges."


def take_back(
    one: Securable, privilege: str, to: Securable, option_only: bool, cascade: bool
) -> None:
    for known in [g for g in one.grants if (g.privilege, g.to) == (privilege, to)]:
        passed_on = [g for g in one.grants if g.by == to.simple_name and g.privilege == privilege]
        if known.option and passed_on and not cascade:
            message = "Cannot revoke: dependent grants exist. Use CASCADE."
            raise compilation(message, 3012, "42501")
        known.option = False
        if not option_only:
            one.grants.remove(known)
        for dependent in passed_on:
            take_back(one, privilege, dependent.to, False, True)


def give(state: Account, session: Session, one: Securable, to: Securable, keep: bool) -> None:
    """Ownership has one holder; other grants must be taken along or away explicitly."""
    if not state.roles.global_privilege(session, "MANAGE GRANTS"):
        state.roles.require_owner(session, one)
    if one.grants and not keep and one.kind != "ROLE":
        message = (
            f"Dependent grant of privilege '{one.grants[0].privilege}' on securable '{one}' to "
            f"role '{one.grants[0].to.simple_name}' exists. It must be revoked first. More than "
            "one dependent grant may exist: use 'SHOW GRANTS' command to view them."
        )
        raise compilation(message, 3036, "42501")
    one.owner = to


# Roles in roles and users


def role_grant(reader: Reader) -> str | None:
    return next((kind for kind in ("DATABASE ROLE", "ROLE") if reader.take(kind)), None)


def change_membership(
    state: Account, session: Session, reader: Reader, kind: str, *, add: bool
) -> Result:
    name = session.qualify(reader.name(), KINDS[kind].depth)
    role = state.catalog.get(kind, name)
    reader.expect("TO" if add else "FROM")
    to_kind = reader.one_of(*GRANTEES)
    to = state.catalog.get(to_kind, session.qualify(reader.name(), KINDS[to_kind].depth))
    reader.finish()
    by = state.roles.grantor(session, "USAGE", role)
    if by is None:
        raise SqlError(3001, "42501", not_executed())
    if kind == "DATABASE ROLE" and to_kind == "USER":
        raise compilation("Database roles cannot be granted to users.", 3079, "42601")
    if not add:
        take_back(role, "USAGE", to, False, True)
    elif to in state.roles.inherited(role):
        message = f"Role '{to}' is already granted to role '{role}': a cycle"
        raise compilation(message, 3013, "42601")
    else:
        add_grant(role, Grant("USAGE", role, to, False, by, state.clock()))
    return status("Statement executed successfully.")


# What stands between GRANT and TO


def read_privileges(reader: Reader) -> list[str]:
    found, words = [], [reader.word()]
    while not reader.at("ON"):
        if reader.take(","):
            found.append(" ".join(words))
            words = [reader.word()]
        else:
            words.append(reader.word())
    return [*found, " ".join(words)]


def expanded(kind: str, privileges: list[str]) -> list[str]:
    found: list[str] = []
    for one in privileges:
        found += privileges_of(kind) if one in ("ALL", "ALL PRIVILEGES") else [one]
    return found


def privileges_of(kind: str) -> tuple[str, ...]:
    if kind == "ACCOUNT":
        return ACCOUNT_PRIVILEGES
    return KINDS[kind].privileges if kind in KINDS else OTHER_PRIVILEGES


def check_privilege(kind: str, privilege: str) -> None:
    if privilege not in (*privileges_of(kind), *ALWAYS):
        message = f"Invalid privilege '{privilege}' for object type {kind}."
        raise compilation(message, 3028, "42601")


def read_target(state: Account, session: Session, reader: Reader) -> Target:
    if reader.take("ACCOUNT"):
        return Target("ACCOUNT", [state.account], None)
    every, future = reader.take("ALL"), reader.take("FUTURE")
    if not every and not future:
        kind = kind_of(reader)
        name = read_name(session, reader, kind)
        return Target(kind, [state.roles.get_visible(session, kind, name)], None)
    kind = read_plural(reader)
    reader.expect("IN")
    place_kind = reader.one_of("DATABASE", "SCHEMA")
    name = session.qualify(reader.name(), KINDS[place_kind].depth)
    place = state.roles.get_visible(session, place_kind, name)
    if future:
        return Target(kind, [], place)
    # What is granted by TABLES once reached Iceberg tables, too.
    kinds = (kind, "ICEBERG TABLE") if kind == "TABLE" and not state.newest else (kind,)
    inside = [o for each in kinds for o in state.catalog.of_kind(each, place.name) if o.owner]
    return Target(kind, inside, None)


def read_plural(reader: Reader) -> str:
    """The kind of an ALL or FUTURE grant."""
    longest_first = sorted(SINGULAR, key=len, reverse=True)
    words = next((w for w in longest_first if reader.take(w)), None)
    kind = SINGULAR.get(words or "")
    if kind not in ("SCHEMA", *SCHEMA_OBJECTS):
        raise NotImplementedError(reader.sql[:80])
    return kind


def read_grantee(
    state: Account, session: Session, reader: Reader, target: Target, privileges: list[str]
) -> Securable:
    """A role; or a user, of what is there.

    https://docs.snowflake.com/en/sql-reference/sql/grant-privilege-user
    """
    if not reader.at("USER"):
        return read_role(state, session, reader)
    if not state.newest or target.future or "OWNERSHIP" in privileges:
        raise NotImplementedError(reader.sql[:80])
    reader.expect("USER")
    return state.catalog.get("USER", reader.name())


def read_role(state: Account, session: Session, reader: Reader) -> Securable:
    if reader.at("SHARE") or reader.at("USER") or reader.at("APPLICATION"):
        raise NotImplementedError(reader.sql[:80])
    kind = "DATABASE ROLE" if reader.take("DATABASE ROLE") else "ROLE"
    reader.take("ROLE")
    return state.catalog.get(kind, session.qualify(reader.name(), KINDS[kind].depth))


def require_future(state: Account, session: Session, place: Securable) -> None:
    """Of a schema, its owner may too when it has managed access."""
    own = place.flag("MANAGED ACCESS") and state.roles.owns(session, place)
    if not own and not state.roles.global_privilege(session, "MANAGE GRANTS"):
        raise SqlError(3001, "42501", not_executed())


def add_future(state: Account, target: Target, privilege: str, to: Securable, option: bool) -> None:
    place = target.future
    if not place:
        return
    for known in place.future:
        if (known.privilege, known.kind, known.to) == (privilege, target.kind, to):
            known.option = known.option or option
            return
    place.future.append(Future(privilege, target.kind, place, to, option, state.clock()))


# SHOW GRANTS

CURRENT = (
    "created_on privilege granted_on name granted_to grantee_name grant_option granted_by "
    "is_inherited inherited_from inherited_from_database inherited_from_schema"
)
# https://docs.snowflake.com/en/release-notes/bcr-bundles/2025_01/bcr-1803
TO_USER = (
    "created_on privilege granted_on name role granted_to grantee_name grant_option granted_by"
)
COMING = "created_on privilege grant_on name grant_to grantee_name grant_option"


def show_grants(state: Account, session: Session, reader: Reader) -> Result:
    if reader.ended:
        return grants_to(state, session.user)
    if reader.take("ON ACCOUNT"):
        return listing(CURRENT, [current_row(g) for g in state.account.grants])
    if reader.take("ON"):
        kind = kind_of(reader)
        name = read_name(session, reader, kind)
        one = state.roles.get_visible(session, kind, name)
        rows = [current_row(g) for g in owner_grants([one]) + one.grants]
        rows += [inherited_row(i, str(one)) for i in state.catalog.inherited(one)]
        return listing(CURRENT, rows)
    if reader.take("OF"):
        kind = reader.one_of("DATABASE ROLE", "ROLE")
        return grants_of(state.catalog.get(kind, session.qualify(reader.name(), KINDS[kind].depth)))
    reader.expect("TO")
    kind = reader.one_of(*GRANTEES)
    return grants_to(
        state, state.catalog.get(kind, session.qualify(reader.name(), KINDS[kind].depth))
    )


def grants_to(state: Account, who: Securable) -> Result:
    every = [state.account, *state.catalog.everything()]
    held = [g for one in every for g in one.grants if g.to is who]
    if who.kind == "USER":
        if state.newest:
            return listing(TO_USER, [to_user_row(g) for g in held])
        roles = [[g.created, g.on.simple_name, "USER", who.simple_name, g.by] for g in held]
        return listing("created_on role granted_to grantee_name granted_by", roles)
    owned = [g for g in owner_grants(every) if g.to is who]
    passed_down = [i for one in every for i in one.inherited if i.to is who]
    rows = [current_row(g) for g in owned + held] + [inherited_row(i) for i in passed_down]
    return listing(CURRENT, rows)


def grants_of(role: Securable) -> Result:
    rows = [
        [g.created, str(role) if role.kind == "DATABASE ROLE" else role.simple_name,
         snake(g.to.kind), str(g.to) if g.to.kind == "DATABASE ROLE" else g.to.simple_name, g.by]
        for g in role.grants
        if g.privilege == "USAGE"
    ]  # fmt: skip
    return listing("created_on role granted_to grantee_name granted_by", rows)


def owner_grants(every: list[Securable]) -> list[Grant]:
    return [
        Grant("OWNERSHIP", o, o.owner, True, o.owner.simple_name, o.created)
        for o in every
        if o.owner
    ]


def current_row(g: Grant) -> list[Any]:
    return [
        g.created, g.privilege, snake(g.on.kind), str(g.on), snake(g.to.kind), g.to.simple_name,
        g.option, g.by, False, "", "", "",
    ]  # fmt: skip


def to_user_row(g: Grant) -> list[Any]:
    role = g.on.simple_name if g.on.kind == "ROLE" else None
    return [
        g.created, g.privilege, snake(g.on.kind), str(g.on), role, "USER", g.to.simple_name,
        g.option, g.by,
    ]  # fmt: skip


def inherited_row(i: Inherited, name: str = "") -> list[Any]:
    """Without a name, unless it is shown on one object."""
    where = [*i.place.name, ""][:2]
    return [
        i.created, i.privilege, snake(i.kind), name, snake(i.to.kind), i.to.simple_name, False,
        i.by, True, i.place.kind, *where,
    ]  # fmt: skip


def show_future_grants(state: Account, session: Session, reader: Reader) -> Result:
    if reader.take("IN"):
        kind = reader.one_of("DATABASE", "SCHEMA")
        name = session.qualify(reader.name(), KINDS[kind].depth)
        found = state.roles.get_visible(session, kind, name).future
    else:
        reader.expect("TO")
        to = read_role(state, session, reader)
        found = [f for one in state.catalog.everything() for f in one.future if f.to is to]
    return listing(COMING, [future_row(f) for f in found])


def future_row(f: Future) -> list[Any]:
    name = f"{dotted(f.place.name)}.<{snake(f.kind)}>"
    return [
        f.created, f.privilege, snake(f.kind), name, snake(f.to.kind), f.to.simple_name, f.option,
    ]  # fmt: skip


def snake(kind: str) -> str:
    return kind.replace(" ", "_")
