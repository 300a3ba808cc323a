"""What the service account ought to hold, compared with what it holds.

Owns the rules: which privilege is declared, which is extra and how it is taken away, which is
lacking and what brings it back. It asks nobody; `verification.py` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product

from cube_access.facts.identifiers import plain, quoted
from cube_access.facts.securables import OWN_DATABASE, singular
from cube_access.snowflake.grants import SELECT, USAGE, Reading
from cube_access.snowflake.holdings import MOST_ROWS
from cube_access.snowflake.privileges import IMPORTED
from cube_access.verify.findings import Line, Verdict
from cube_access.verify.snowflake.eyes import Owners
from cube_access.verify.snowflake.held import (
    PUBLIC,
    ROLE_KINDS,
    Held,
    Holdings,
    Name,
    Role,
    is_membership,
)

RELATIONS = ("TABLE", "VIEW", "MATERIALIZED_VIEW", "EXTERNAL_TABLE", "DYNAMIC_TABLE")
# What PUBLIC has everywhere: compute of Snowflake's, its shared databases, roles for its functions.
OWN_COMPUTE = ("SYSTEM_COMPUTE_POOL_", "SYSTEM$")
OWN_DATABASES = (OWN_DATABASE, "SNOWFLAKE_SAMPLE_DATA")
# Its database roles that read the account's history, and so everybody's queries.
READS_HISTORY = re.compile(
    r"(OBJECT|USAGE|GOVERNANCE|SECURITY|ORGANIZATION\w*|READER\w*)_VIEWER$|^MONITORING"
)


@dataclass(frozen=True, kw_only=True)
class Declared:
    reading: Reading
    user: str
    role: Role
    database_role: Role | None
    """Ours, with `grantTo: database-role`."""
    warehouse: str
    object_kinds: Mapping[Name, str]
    """TABLE, VIEW, … of each single object, as `up` has found it."""
    owners: Owners
    """Whom an object is given back to if our own role was made its owner."""
    integrations: Sequence[str] = ()
    """That the stack has made."""
    mark: str = ""
    """Of the stack, in the comments of what it has made; empty if its state has none."""

    @property
    def own(self) -> list[Role]:
        return [self.role, *([self.database_role] if self.database_role else [])]

    def made(self, kind: str, name: Name) -> bool:
        """Whether the stack has made this user, role, integration, policy or warehouse."""
        base = self.role.name[0]
        ours = {
            "USER": ("",),
            "ROLE": ("", "_PEOPLE"),
            "DATABASE_ROLE": ("",),
            "WAREHOUSE": ("",),
            "NETWORK_POLICY": ("",),
        }
        if kind == "INTEGRATION":
            return name[-1] in self.integrations
        return name[-1:] in [(f"{base}{end}",) for end in ours.get(kind, ())]

    @property
    def kinds(self) -> list[str]:
        """In the singular, as in SHOW GRANTS."""
        return [singular(kind).replace(" ", "_") for kind in self.reading.kinds]

    @cached_property
    def _objects(self) -> frozenset[Name]:
        return frozenset(self.reading.objects)

    @cached_property
    def _whole(self) -> frozenset[Name]:
        """Databases and schemas of which all is readable."""
        return frozenset((*self.reading.whole_databases, *self.reading.whole_schemas))

    @cached_property
    def _imported(self) -> frozenset[Name]:
        return frozenset(self.reading.imported)

    @cached_property
    def _used(self) -> frozenset[Name]:
        """Databases and schemas that are named."""
        # Of an imported database SHOW GRANTS calls the one privilege USAGE.
        wanted = self.reading
        return frozenset((*wanted.databases, *wanted.imported, *wanted.schemas))

    def covers(self, name: Name) -> bool:
        """Whether all in this schema, or this relation itself, is declared readable."""
        return name in self._objects or not self._whole.isdisjoint((name[:1], name[:2]))

    def shares(self, name: Name) -> bool:
        """Whether it is in a database that another account shares, and that is readable."""
        return name[:1] in self._imported

    def reads(self, name: Name, kind: str) -> bool:
        """Whether this relation is."""
        listed = name in self._objects or self.shares(name)
        return listed or (self.covers(name) and kind in self.kinds)

    def allows(self, h: Held) -> bool:
        if h.future or h.inherited:
            if h.kind == "SCHEMA" and h.privilege == USAGE and len(h.name) == 1:
                return h.name in self._whole
            return h.name in self._whole and h.privilege == SELECT and h.kind in self.kinds
        if h.privilege == USAGE:
            return (
                (h.kind == "DATABASE" and h.name in self._used)
                or (h.kind == "SCHEMA" and h.name in self._used)
                or (h.kind == "SCHEMA" and h.name[:1] in self._whole)
                or (h.kind == "WAREHOUSE" and h.name == (self.warehouse,))
                or (Role(h.kind, h.name) == self.database_role and h.role == self.role)
            )
        return h.privilege == SELECT and h.kind in RELATIONS and self.reads(h.name, h.kind)

    def required(self) -> Iterator[Held]:
        """What must be there whatever the schemas contain."""
        wanted, reader = self.reading, self.database_role or self.role
        databases = (*wanted.databases, *wanted.imported)
        yield from (Held(USAGE, "DATABASE", name, self.role) for name in databases)
        yield from (Held(USAGE, "SCHEMA", name, reader) for name in wanted.schemas)
        yield Held(USAGE, "WAREHOUSE", (self.warehouse,), self.role)
        if self.database_role:
            yield Held(USAGE, "DATABASE_ROLE", self.database_role.name, self.role)
        for name in wanted.whole_databases:
            yield self._passed_down(USAGE, "SCHEMA", name, reader)
        places = [*wanted.whole_databases, *wanted.whole_schemas]
        for name, kind in product(places, self.kinds):
            yield self._passed_down(SELECT, kind, name, reader)

    def _passed_down(self, privilege: str, kind: str, name: Name, to: Role) -> Held:
        """To present and future objects by one grant, or to future ones by one of its own."""
        inherited = self.reading.inherited
        return Held(privilege, kind, name, to, future=not inherited, inherited=inherited)


@dataclass(frozen=True)
class Relation:
    name: Name
    kind: str
    text: str = field(default="", compare=False, repr=False)
    """Of a view, its statement, where it is shown."""


def compare(
    declared: Declared, holdings: Holdings, present: Sequence[Relation], by: str
) -> list[Line]:
    """One line for each difference, and one for what is as declared.

    Args:
        present: the relations of the declared schemas, as far as they were seen.
    """
    own = declared.own
    held = [h for role in own for h in holdings.of(role)]
    lines = [*_roles(declared, holdings, by), *_extras(declared, holdings, held, by)]
    lines += _lacks(declared, holdings, held, present, by)
    count = sum(declared.allows(h) for h in held)
    what = f"{count} privileges of {' and '.join(role.words() for role in own)} are declared"
    lines.append(Line(verdict="ok", what=what, shown="grants", by=by))
    lines += _public(declared, holdings, by)
    for role in holdings.cut_short:
        what = f"what {role.words()} holds beyond {MOST_ROWS:,} rows"
        lines.append(Line(verdict="unseen", what=what, shown="grants", by=by))
    return lines


def _roles(declared: Declared, holdings: Holdings, by: str) -> Iterator[Line]:
    """Roles that our user or our roles were given, and who was given ours."""
    user = Role("USER", (declared.user,))
    held_by_user = holdings.of(user)
    mine = Held(USAGE, "ROLE", declared.role.name, user)
    if mine not in held_by_user:
        what = f"{declared.role.words()} is not granted to user {plain(declared.user)}"
        yield Line(verdict="lack", what=what, shown="grants", by=by, fix=mine.grant())
    for holder in (user, *declared.own):
        for role in holdings.members(holder):
            if role in declared.own or role == PUBLIC:
                continue
            brings = holdings.brings(role)
            yield Line(
                verdict="extra",
                what=f"{role.words()} is granted to {holder.words()}; it brings {brings}",
                shown="grants",
                by=by,
                through=role.words(),
                fix=f"REVOKE {role.sql()} FROM {holder.sql()};",
            )
    for h in held_by_user:
        if not is_membership(h):
            line = _extra(h, declared, holdings, by)
            # https://docs.snowflake.com/en/release-notes/bcr-bundles/2025_02/bcr-1924
            what = f"{user.words()} itself, in sessions with all secondary roles, has {line.what}"
            yield replace(line, what=what)


def _extras(
    declared: Declared, holdings: Holdings, held: Iterable[Held], by: str
) -> Iterator[Line]:
    for h in held:
        if is_membership(h) and not declared.allows(h):
            continue  # told by _roles, with what it brings
        if not declared.allows(h):
            yield _extra(h, declared, holdings, by)
        elif h.option:
            yield Line(
                verdict="extra",
                what=f"{h.words()} may be passed on (WITH GRANT OPTION)",
                shown="grants",
                by=by,
                fix=f"REVOKE GRANT OPTION FOR {h.privilege} {h.sql()} FROM {h.role.sql()} CASCADE;",
            )


def _extra(h: Held, declared: Declared, holdings: Holdings, by: str) -> Line:
    what, fix = _undone(h, declared, holdings)
    return Line(verdict="extra", what=what, shown="grants", by=by, fix=fix)


def _uses_database(h: Held) -> bool:
    return (h.privilege, h.kind, h.future, h.inherited) == (USAGE, "DATABASE", False, False)


def _undone(h: Held, declared: Declared, holdings: Holdings) -> tuple[str, str]:
    """What is held, in words, and the statement that takes it away."""
    if _uses_database(h):
        # Snowflake's own takes the same statement. What USAGE there shows, is tried.
        own = h.name == (OWN_DATABASE,)
        imported = own or holdings.is_imported(h.name)
        if imported is None:
            return f"{h.words()}; whether another account shares it was not seen", ""
        if imported:
            what = f"{IMPORTED} ON DATABASE {plain(*h.name)}, which SHOW GRANTS writes as USAGE"
            fix = f"REVOKE {IMPORTED} {h.sql()} FROM {h.role.sql()};"
            return (h.words() if own else f"{what}: it reads what the share gives"), fix
    if h.privilege != "OWNERSHIP" or h.future:
        return h.words(), h.revoke()
    # Ownership cannot be revoked, only given to another role.
    is_own = declared.made(h.kind, h.name)
    heir = declared.owners.heir(h.kind if is_own else "")
    fix = f"GRANT OWNERSHIP {h.sql()} TO ROLE {quoted(heir)} COPY CURRENT GRANTS;"
    what = h.words()
    if not is_own:
        what += f": who owned it before is not told, and {plain(heir)} may give it to anybody"
    return what, fix


def _lacks(
    declared: Declared,
    holdings: Holdings,
    held: Sequence[Held],
    present: Sequence[Relation],
    by: str,
) -> Iterator[Line]:
    known = {(h.privilege, h.kind, h.name, h.future, h.inherited) for h in held}
    unseen = 0
    for h in declared.required():
        if (h.privilege, h.kind, h.name, h.future, h.inherited) not in known:
            if h.role in holdings.cut_short:
                unseen += 1
            else:
                fix = h.grant()
                if h.kind == "DATABASE" and declared.shares(h.name):
                    fix = f"GRANT {IMPORTED} {h.sql()} TO {h.role.sql()};"
                yield Line(verdict="lack", what=h.words(), shown="grants", by=by, fix=fix)
    if unseen:
        what = f"whether {unseen} privileges that are declared are held, beyond those rows"
        yield Line(verdict="unseen", what=what, shown="grants", by=by)
    reader = declared.database_role or declared.role
    if reader in holdings.cut_short:
        return  # of single objects, the reads that are tried tell
    readable = {h.name for h in held if h.privilege == SELECT and not (h.future or h.inherited)}
    kinds = {each.name: each.kind for each in present}
    for name in declared.reading.objects:
        if name not in readable:
            what = f"SELECT ON {plain(*name)}"
            kind = kinds.get(name, declared.object_kinds.get(name, "TABLE"))
            fix = Held(SELECT, kind, name, reader).grant()
            yield Line(verdict="lack", what=what, shown="grants", by=by, fix=fix)
    if not declared.reading.inherited:
        used = {h.name for h in held if (h.privilege, h.kind) == (USAGE, "SCHEMA") and not h.future}
        inside = {
            each.name[:2] for each in present if each.name[:1] in declared.reading.whole_databases
        }
        for name in sorted(inside - used):
            h = Held(USAGE, "SCHEMA", name, reader)
            yield Line(verdict="lack", what=h.words(), shown="grants", by=by, fix=h.grant())
    for relation in present:
        listed = relation.name in declared.reading.objects or declared.shares(relation.name)
        if declared.reads(relation.name, relation.kind) and not listed:
            h = Held(SELECT, relation.kind, relation.name, reader)
            if relation.name not in readable and not declared.reading.inherited:
                yield Line(verdict="lack", what=h.words(), shown="grants", by=by, fix=h.grant())


def _public(declared: Declared, holdings: Holdings, by: str) -> Iterator[Line]:
    """What comes to every role. It is not ours to revoke, but our service account has it too."""
    for h in holdings.of(PUBLIC):
        if declared.allows(h):
            continue
        what, fix = _undone(h, declared, holdings)
        if is_membership(h):
            role = Role(h.kind, h.name)
            what = (
                f"{role.words()} is granted to {PUBLIC.words()}; it brings {holdings.brings(role)}"
            )
        verdict: Verdict = "note" if _harmless(h, holdings) else "extra"
        yield Line(
            verdict=verdict, what=what, shown="grants", by=by, through=PUBLIC.name[0], fix=fix
        )


def _harmless(h: Held, holdings: Holdings) -> bool:
    first = h.name[0] if h.name else ""
    if h.kind in ROLE_KINDS:
        return len(h.name) > 1 and first == OWN_DATABASE and not READS_HISTORY.search(h.name[-1])
    if h.kind in ("COMPUTE_POOL", "WAREHOUSE"):
        return h.privilege == USAGE and first.startswith(OWN_COMPUTE)
    if first in OWN_DATABASES or first.startswith("USER$"):
        return True
    names_only = h.privilege in (USAGE, "REFERENCES") and h.kind in ("DATABASE", "SCHEMA")
    return names_only and not (_uses_database(h) and holdings.is_imported(h.name))


def shadowed(
    declared: Declared, future_kinds: Iterable[tuple[Name, set[str], set[str]]], by: str
) -> Iterator[Line]:
    """Schemas of a database we read as a whole that have future grants of their own, for others.

    Args:
        future_kinds: schema, the kinds that have future grants there, and to whom they go.
    """
    for schema, kinds, holders in future_kinds:
        for kind in sorted(kinds.intersection(declared.kinds)):
            reader = declared.database_role or declared.role
            h = Held(SELECT, kind, schema, reader, future=True)
            yield Line(
                verdict="lack",
                what=f"{h.words()}: the database's future grants are ignored there, because the "
                f"schema has its own (to {', '.join(sorted(holders))})",
                shown="grants",
                by=by,
                fix=h.grant(),
            )
