"""Who can become the service account, or loosen how it and people sign in.

Owns the question whom the objects of this stack belong to, what is granted on them, and which roles
stand above those. What these objects say is `user.py`'s and `integrations.py`'s.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from cube_access.facts.identifiers import parse, plain, quoted
from cube_access.facts.principals import ACCOUNTADMIN, SECURITYADMIN, SNOWFLAKE_ADMINISTRATORS
from cube_access.settings import SnowflakeSettings
from cube_access.snowflake.holdings import MOST_ROWS, exact
from cube_access.verify.findings import Line
from cube_access.verify.snowflake.compare import Declared
from cube_access.verify.snowflake.eyes import (
    Eyes,
    Owners,
    seen,
)
from cube_access.verify.snowflake.held import Held, Holdings, Name, Role, grantees, read_row
from cube_access.verify.snowflake.integrations import own_integrations
from cube_access.verify.snowflake.sessions import Sessions

USERADMIN = "USERADMIN"
POWERS = {
    "MANAGE GRANTS": "can give itself the service account's role, user and integration",
    "CREATE INTEGRATION": "can let an issuer of its choice sign in as any user",
    "APPLY AUTHENTICATION POLICY": "can let the service account sign in by other ways",
    "ATTACH POLICY": "can decide from where everybody signs in",
}
"""Privileges on the account by which a role gets at every user."""


@dataclass(frozen=True)
class Object:
    """One that the stack made, and by which people or the service account sign in."""

    kind: str
    """As in SHOW GRANTS: words joined by underscores."""
    name: Name
    sessions: Sessions

    @property
    def sql(self) -> str:
        return f"{self.kind.replace('_', ' ')} {quoted(*self.name)}"

    @property
    def words(self) -> str:
        return f"{self.kind.replace('_', ' ').lower()} {plain(*self.name)}"


def objects(declared: Declared, settings: SnowflakeSettings, eyes: Eyes) -> list[Object]:
    base = settings.object_name
    found = [
        Object("USER", (declared.user,), eyes.security),
        *(Object(role.kind, role.name, eyes.security) for role in declared.own),
    ]
    if settings.user_roles:
        found.append(Object("ROLE", (f"{base}_PEOPLE",), eyes.security))
    if settings.allowed_cidrs:
        found.append(Object("NETWORK_POLICY", (base,), eyes.security))
    if schema := settings.authentication_policy_schema:
        policy = (*parse(schema), base)
        found.append(Object("AUTHENTICATION_POLICY", policy, eyes.security))
    names = own_integrations(settings)
    return [*found, *(Object("INTEGRATION", (name,), eyes.integrations) for name in names)]


def takeover(
    declared: Declared, settings: SnowflakeSettings, eyes: Eyes, owners: Owners
) -> Iterator[Line]:
    """One line for each way, and one if there is none."""
    found = objects(declared, settings, eyes)
    lines: list[Line] = []
    for each in found:
        what = f"who owns {each.words}, and what is granted on it"
        look = partial(_on, each, declared, owners, eyes.by)
        lines += seen(what, eyes.by, look)
    lines += seen(
        "who has the account's own privileges", eyes.by, lambda: _powers(declared, eyes, owners)
    )
    lines += seen(
        "who has the roles that own these", eyes.by, lambda: _above(declared, eyes, owners)
    )
    yield from lines
    if not any(line.verdict in ("extra", "unseen") for line in lines):
        what = (
            f"{', '.join(each.words for each in found)}: each belongs to the deployer's role, and "
            "nothing on them is granted to others"
        )
        yield Line(verdict="ok", what=what, shown="grants", by=eyes.by)


def _on(each: Object, declared: Declared, owners: Owners, by: str) -> Iterator[Line]:
    owner = ""
    rows = each.sessions.rows(f"SHOW GRANTS ON {each.sql}")
    yield from _beyond(rows, f"what is granted on {each.words}", by)
    for row in rows:
        to = Role(str(row["granted_to"]).replace(" ", "_"), _grantee(row))
        held = read_row(row, to)
        if held.privilege == "OWNERSHIP":
            owner = to.words()
            if to not in declared.own and to != Role("ROLE", (owners.of(each.kind),)):
                yield _owned(each, to, owners, by)
        elif not _told_elsewhere(each, held, declared):
            yield Line(
                verdict="extra",
                what=f"{to.words()} has {held.privilege} on {each.words}",
                shown="grants",
                by=by,
                holder=to.words(),
                fix=held.revoke(),
            )
    if not owner:
        what = f"who owns {each.words}: SHOW GRANTS names no owner"
        yield Line(verdict="unseen", what=what, shown="grants", by=by)


def _grantee(row: dict[str, object]) -> Name:
    kind = str(row["granted_to"]).replace("_", " ")
    return exact(str(row["grantee_name"]), kind)


def _told_elsewhere(each: Object, held: Held, declared: Declared) -> bool:
    """Members of a role, and what our own roles hold."""
    member = held.privilege == "USAGE" and each.kind in ("ROLE", "DATABASE_ROLE")
    return member or held.role in declared.own


def _owned(each: Object, owner: Role, owners: Owners, by: str) -> Line:
    wanted = owners.of(each.kind)
    what = f"{owner.words()} owns {each.words}, not {plain(wanted)}"
    if not owners.sure:
        return Line(
            verdict="unseen",
            what=f"whether it is right that {what}: with deployerRole = sign-in only the deployer "
            "of `pulumi up` can tell",
            shown="grants",
            by=by,
            hint="Verify with the deployer's own sign-in.",
        )
    if each.kind in ("USER", "ROLE", "DATABASE_ROLE"):
        what += ": it can become the service account"
    fix = f"GRANT OWNERSHIP ON {each.sql} TO ROLE {quoted(wanted)} COPY CURRENT GRANTS;"
    holder = owner.words()
    return Line(verdict="extra", what=what, shown="grants", by=by, holder=holder, fix=fix)


def _powers(declared: Declared, eyes: Eyes, owners: Owners) -> Iterator[Line]:
    """Privileges on the account, which nobody needs but its administrators and the deployer."""
    expected = {
        "MANAGE GRANTS": {SECURITYADMIN, owners.security},
        "ATTACH POLICY": {SECURITYADMIN, owners.security},
        "APPLY AUTHENTICATION POLICY": {SECURITYADMIN, owners.security},
        "CREATE INTEGRATION": {owners.integrations},
    }
    rows = eyes.rows("SHOW GRANTS ON ACCOUNT")
    yield from _beyond(rows, "what is granted on the account", eyes.by)
    for row in rows:
        privilege = str(row["privilege"])
        to = Role(str(row["granted_to"]).replace(" ", "_"), _grantee(row))
        right = to in {Role("ROLE", (one,)) for one in (ACCOUNTADMIN, *expected.get(privilege, ()))}
        if privilege in POWERS and not right and to not in declared.own:
            yield Line(
                verdict="extra",
                what=f"{to.words()} has {privilege} on the account: it {POWERS[privilege]}",
                shown="grants",
                by=eyes.by,
                holder=to.words(),
                fix=read_row(row, to).revoke(),
            )


def _above(declared: Declared, eyes: Eyes, owners: Owners) -> Iterator[Line]:
    """Roles that have one of the owners', by however many steps, or own it: they may do all that
    those may.
    """
    # Unless a database role is ours, who makes those owns nothing that counts.
    kinds = ["ROLE", "USER", "INTEGRATION", "", *(["DATABASE_ROLE"] * bool(declared.database_role))]
    powerful = dict.fromkeys([SECURITYADMIN, ACCOUNTADMIN, *(owners.of(kind) for kind in kinds)])
    # Who may grant everything has everything.
    expected = {Role("ROLE", (name,)) for name in (ACCOUNTADMIN, SECURITYADMIN, owners.security)}
    waiting = [Role("ROLE", (name,)) for name in powerful]
    for row in eyes.rows("SHOW GRANTS ON ACCOUNT"):
        to = Role(str(row["granted_to"]).replace(" ", "_"), _grantee(row))
        if row["privilege"] == "MANAGE GRANTS" and to.kind == "ROLE":
            waiting.append(to)  # whether it may have that is for `_powers`
    waiting = list(dict.fromkeys(waiting))
    known = {*waiting, *expected}
    owning = {Role("ROLE", (name,)) for name in powerful}
    for role in waiting:
        holders = grantees(eyes.security, role)
        yield from _beyond(holders, f"who has {role.words()}", eyes.by)
        for holder in holders:
            if holder.kind != "USER" and holder not in expected:
                yield Line(
                    verdict="extra",
                    what=f"{holder.words()} has {role.words()}, and so can become the service "
                    "account or loosen how it signs in",
                    shown="grants",
                    by=eyes.by,
                    holder=holder.words(),
                    # Further up, what is to go may be the step before.
                    fix=f"REVOKE {role.sql()} FROM {holder.sql()};" if role in owning else "",
                )
            if holder.kind == "ROLE" and holder not in known:
                known.add(holder)
                waiting.append(holder)
        if people := sorted(plain(*each.name) for each in holders if each.kind == "USER"):
            what = f"who has {role.words()}, which administers this: {_some(people)}"
            yield Line(verdict="note", what=what, shown="grants", by=eyes.by)
    for name in powerful:
        if name not in SNOWFLAKE_ADMINISTRATORS:
            role = Role("ROLE", (name,))
            look = partial(_owner_above, role, eyes, owners, {*powerful, USERADMIN})
            yield from seen(f"who owns {role.words()}", eyes.by, look)


def _owner_above(
    role: Role, eyes: Eyes, owners: Owners, expected: Collection[str]
) -> Iterator[Line]:
    """Who owns a role gives it to whom it likes."""
    for row in eyes.rows(f"SHOW GRANTS ON {role.sql()}"):
        owner = Role(str(row["granted_to"]).replace(" ", "_"), _grantee(row))
        is_expected = owner in {Role("ROLE", (one,)) for one in expected}
        if str(row["privilege"]) == "OWNERSHIP" and not is_expected:
            yield Line(
                verdict="extra" if owners.sure else "unseen",
                what=f"{owner.words()} owns {role.words()}, and so can become the service account "
                "or loosen how it signs in",
                shown="grants",
                by=eyes.by,
                holder=owner.words(),
                fix=f"GRANT OWNERSHIP ON {role.sql()} TO ROLE {quoted(SECURITYADMIN)} "
                "COPY CURRENT GRANTS;",
            )


def _beyond(rows: Sequence[object], what: str, by: str) -> Iterator[Line]:
    if len(rows) >= MOST_ROWS:
        what = f"{what} beyond {MOST_ROWS:,} rows"
        yield Line(verdict="unseen", what=what, shown="grants", by=by)


def members(declared: Declared, looker: Sessions, by: str) -> Iterator[Line]:
    """Our role is for our user: whoever else has it reads what the service account reads."""
    for role in declared.own:
        found = grantees(looker, role)
        yield from _beyond(found, f"who has {role.words()}", by)
        for holder in found:
            if holder != Role("USER", (declared.user,)) and holder not in declared.own:
                yield _member(role, holder, by, "too")


def people(
    declared: Declared, settings: SnowflakeSettings, holdings: Holdings, eyes: Eyes
) -> Iterator[Line]:
    """The role that gives people the warehouse, and gives them nothing else."""
    if not settings.user_roles:
        return
    role = Role("ROLE", (f"{settings.object_name}_PEOPLE",))
    wanted = {Role("ROLE", (name,)) for name in settings.user_roles}
    found = grantees(eyes.security, role)
    lines = [
        _member(role, holder, eyes.by, "which userRoles does not have")
        for holder in found
        if holder not in wanted
    ]
    lines += _beyond(found, f"who has {role.words()}", eyes.by)
    for holder in sorted(wanted.difference(found), key=lambda each: each.name):
        what = f"{role.words()} is not granted to {holder.words()}"
        lines.append(_lack(what, f"GRANT {role.sql()} TO {holder.sql()};", eyes.by))
    use = Held("USAGE", "WAREHOUSE", (declared.warehouse,), role)
    held = holdings.of(role)
    for h in held:
        if h != use:
            what = f"{role.words()} holds {h.words()}, and so everybody who uses Cube"
            lines.append(
                Line(verdict="extra", what=what, shown="grants", by=eyes.by, fix=h.revoke())
            )
    if use not in held:
        lines.append(_lack(f"{use.words()} for {role.words()}", use.grant(), eyes.by))
    if role in holdings.cut_short:
        what = f"what {role.words()} holds beyond {MOST_ROWS:,} rows"
        lines.append(Line(verdict="unseen", what=what, shown="grants", by=eyes.by))
    yield from lines
    if not lines:
        what = f"{role.words()} gives the roles of userRoles the warehouse, and nothing else"
        yield Line(verdict="ok", what=what, shown="grants", by=eyes.by)


def _lack(what: str, fix: str, by: str) -> Line:
    return Line(verdict="lack", what=what, shown="grants", by=by, fix=fix)


def _member(role: Role, holder: Role, by: str, why: str) -> Line:
    return Line(
        verdict="extra",
        what=f"{role.words()} is granted to {holder.words()}, {why}",
        shown="grants",
        by=by,
        holder=holder.words(),
        fix=f"REVOKE {role.sql()} FROM {holder.sql()};",
    )


def _some(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
