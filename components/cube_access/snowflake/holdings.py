"""What a role of ours holds, read from SHOW GRANTS, and what that makes of what is wanted.

Owns the reading of its rows, and when a row belongs to a wanted privilege: SHOW GRANTS has one row
for each table, where `ALL AND FUTURE TABLES` is one privilege. Asks by the session that it is
given; what is to be done is `changes.py`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cube_access.facts.identifiers import parse, quoted, unquoted
from cube_access.facts.securables import INFORMATION_SCHEMA, READABLE
from cube_access.snowflake.privileges import (
    ACCOUNT_ROLE,
    ALL,
    ALL_AND_FUTURE,
    DATABASE_ROLE,
    FUTURE,
    GRANTED,
    IMPORTED,
    LACKS,
    NOT_DECLARED,
    Entry,
)
from cube_access.snowflake.session import Row, Session

MOST_ROWS = 10_000
"""Of SHOW: an answer of exactly that many rows may have been cut off."""
NAMES = 3
"""How many objects a text about missing ones names."""

Name = tuple[str, ...]
_COMING = re.compile(r"\.?<[^>]*>$")
# Objects of the account, whose names are one part whatever is in them.
_OF_THE_ACCOUNT = frozenset(
    {"DATABASE", "WAREHOUSE", "INTEGRATION", "USER", ACCOUNT_ROLE, "RESOURCE MONITOR"}
)
# Kinds that a grant on ALL TABLES may reach under the name of tables: accounts differ.
AS_TABLES = frozenset({"EVENT TABLE", "HYBRID TABLE", "ICEBERG TABLE"})


@dataclass(frozen=True)
class Held:
    """All that a role holds, its memberships in other roles included."""

    entries: frozenset[Entry] = frozenset()
    cut_short: bool = False
    """Whether there may be more."""
    not_seen: frozenset[Entry] = frozenset()
    """Wanted privileges of which it is not known, then, whether they are held."""


@dataclass(frozen=True)
class Present:
    """The objects of the account, as far as they were looked at."""

    names: Mapping[tuple[str, Name], Sequence[Name]] = field(default_factory=dict)
    """By their kind and the container that was looked into; of a database by its schemas, too."""
    not_seen: Sequence[str] = ()
    """Sentences about what could not be looked at."""

    def of(self, entry: Entry) -> Sequence[Name] | None:
        """Those that an entry on a container reaches; None: they were not looked at."""
        found = self.names.get((entry.kind, entry.name))
        if found is None and (entry.kind, entry.name[:1]) in self.names:
            return ()  # the database was looked into, and has none in that schema
        return found


class Wanted:
    """Privileges, and which of a role's rows they account for."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = sorted(set(entries))
        self._known = set(self.entries)
        self._objects = {e.name: e for e in self.entries if e.privilege == "SELECT" and not e.reach}

    def covering(self, held: Entry) -> Entry | None:
        """The wanted privilege that a held one is, or is a part of."""
        one = held.bare
        if one in self._known:
            return one
        if one.inherited:
            return None
        if one.reach:
            whole = replace(one, reach=ALL_AND_FUTURE)
            return whole if whole in self._known else None
        if one.privilege == "SELECT" and one.kind in READABLE and one.name in self._objects:
            return self._objects[one.name]
        imported = Entry(IMPORTED, "DATABASE", one.name)
        if (one.privilege, one.kind) == ("USAGE", "DATABASE") and imported in self._known:
            return imported  # as SHOW GRANTS writes it
        for kind in (one.kind, "TABLE") if one.kind in AS_TABLES else (one.kind,):
            for depth in range(len(one.name) - 1, 0, -1):
                whole = Entry(one.privilege, kind, one.name[:depth], ALL_AND_FUTURE)
                if whole in self._known:
                    return whole
        return None


# Reading


def read(session: Session, who: str, *, always: bool = False) -> Held:
    """What a role holds.

    Args:
        who: the role, as a statement has it after TO.
        always: also after a cancel.

    Raises:
        SnowflakeError: `missing`, if there is no such role, or not for this session.
    """
    asked = [f"SHOW GRANTS TO {who}", f"SHOW FUTURE GRANTS TO {who}"]
    current, coming = session.run(asked, always=always)
    for answer in (current, coming):
        if answer.error:
            raise answer.error
    entries = {entry_of(row) for row in current.rows}
    entries |= {entry_of(row, future=True) for row in coming.rows}
    cut = MOST_ROWS in (len(current.rows), len(coming.rows))
    return Held(frozenset(entries - own_usage(who)), cut)


def own_usage(who: str) -> set[Entry]:
    """What a database role has from its database, and nothing takes away."""
    in_database = who.startswith(DATABASE_ROLE)
    return {Entry("USAGE", "DATABASE", unquoted(who)[:1])} if in_database else set()


def entry_of(row: Row, *, future: bool = False) -> Entry:
    """One row of SHOW GRANTS, or of SHOW FUTURE GRANTS."""
    kind = str(row["grant_on" if future else "granted_on"]).replace("_", " ")
    privilege = str(row["privilege"])
    # An owner may always pass privileges on: that says nothing.
    option = is_true(row["grant_option"]) and privilege != "OWNERSHIP"
    if not future and is_true(row.get("is_inherited")):
        # Such a row has no name of its own: it is of the place that it is granted on.
        place = (row.get("inherited_from_database"), row.get("inherited_from_schema"))
        name = tuple(str(part) for part in place if part)
        return Entry(privilege, kind, name, ALL, inherited=True)
    if kind == "ACCOUNT":
        return Entry(privilege, kind, grant_option=option)
    text = str(row["name"] or "")
    if future:
        return Entry(privilege, kind, exact(_COMING.sub("", text)), FUTURE, grant_option=option)
    return Entry(privilege, kind, exact(text, kind), grant_option=option)


def exact(text: str, kind: str = "") -> Name:
    """The parts of a name in SHOW GRANTS, where nothing is folded: what has no quotes is exact."""
    if '"' not in text:
        return (text,) if kind in _OF_THE_ACCOUNT else tuple(text.split("."))
    try:
        return parse(text)
    except ValueError:
        return (text,)


def is_to(row: Row, who: str) -> bool:
    """Whether a row of grants, or of future ones, is about a role as it stands after TO."""
    to = str(row["grant_to"] if "grant_to" in row else row["granted_to"]).replace("_", " ")
    name = exact(str(row["grantee_name"]), to)
    return who.startswith(f"{to} ") and unquoted(who)[-len(name) :] == name


def is_true(value: object) -> bool:
    """Of a column, which may hold a text."""
    return str(value).lower() in ("true", "y", "yes")


# What is there

_LISTS = {
    "TABLES": ("TABLE", "EXTERNAL TABLE", "DYNAMIC TABLE", "ICEBERG TABLE"),
    "VIEWS": ("VIEW", "MATERIALIZED VIEW"),
    "SCHEMAS": ("SCHEMA",),
}


def look(session: Session, wanted: Iterable[Entry]) -> Present:
    """The objects in the containers of wanted privileges: one question for a database and a list of
    kinds, and one for a schema where the database has more rows than an answer.
    """
    places: dict[tuple[str, str], set[Name]] = {}
    for entry in wanted:
        if entry.reach == ALL_AND_FUTURE:
            listed = next((key for key, kinds in _LISTS.items() if entry.kind in kinds), None)
            if listed:
                places.setdefault((listed, entry.name[0]), set()).add(entry.name)
    asked: list[tuple[str, Name]] = []
    for (listed, database), names in places.items():
        asked.append((listed, (database,) if len(names) > 1 else next(iter(names))))
    found: dict[tuple[str, Name], list[Name]] = {}
    problems = _ask(session, asked, found, places)
    return Present(found, problems)


def _ask(
    session: Session,
    asked: Sequence[tuple[str, Name]],
    found: dict[tuple[str, Name], list[Name]],
    places: Mapping[tuple[str, str], set[Name]],
) -> list[str]:
    """Fills `found`; gives sentences about what could not be listed."""
    answers = session.run([f"SHOW {listed} IN {_place(name)}" for listed, name in asked])
    problems, closer = [], []
    for (listed, name), answer in zip(asked, answers, strict=True):
        if answer.error and answer.error.reason not in ("missing", "denied"):
            raise answer.error
        if answer.error:
            problems.append(f"{listed} in {_place(name)} were not looked at: {answer.error}")
        elif len(answer.rows) == MOST_ROWS:
            inside = [each for each in places[listed, name[0]] if len(each) > len(name)]
            closer += [(listed, each) for each in sorted(inside)]
            if not inside or name in places[listed, name[0]]:
                problems.append(
                    f"{listed} in {_place(name)} were not looked at: there are {len(answer.rows):,}"
                    " or more, and an answer ends there"
                )
        else:
            for kind in _LISTS[listed]:
                found[kind, name] = []
            for row in answer.rows:
                kind, full = _object(listed, row)
                if kind:
                    found[kind, name].append(full)
                    if len(name) == 1 and len(full) == 3:
                        found.setdefault((kind, full[:2]), []).append(full)
    return problems + (_ask(session, closer, found, places) if closer else [])


def _place(name: Name) -> str:
    return f"{'DATABASE' if len(name) == 1 else 'SCHEMA'} {quoted(*name)}"


def _object(listed: str, row: Row) -> tuple[str, Name]:
    """Kind and name; no kind for what no privilege of ours is about."""
    database, name = str(row["database_name"]), str(row["name"])
    if listed == "SCHEMAS":
        return ("" if name == INFORMATION_SCHEMA else "SCHEMA"), (database, name)
    full = (database, str(row["schema_name"]), name)
    if full[1] == INFORMATION_SCHEMA:
        return "", full
    return object_kind(listed, row), full


def object_kind(listed: str, row: Row) -> str:
    """Of a row of SHOW TABLES or SHOW VIEWS; empty for a kind that has no grant of its own here,
    and that a grant on ALL TABLES is not known to reach.
    """
    if listed == "VIEWS":
        return "MATERIALIZED VIEW" if is_true(row.get("is_materialized")) else "VIEW"
    if is_true(row.get("is_iceberg")):
        return "ICEBERG TABLE"
    if any(is_true(row.get(f"is_{special}")) for special in ("hybrid", "event")):
        return ""
    if is_true(row.get("is_external")):
        return "EXTERNAL TABLE"
    return "DYNAMIC TABLE" if is_true(row.get("is_dynamic")) else "TABLE"


# What that makes of what is wanted


def state(wanted: Wanted, held: Held, present: Present | None = None) -> dict[str, str]:
    """What each wanted privilege is, by its text; one that is wholly away is left out.

    Args:
        present: None: what a grant on ALL reached is as it was granted.
    """
    found: dict[str, str] = {}
    singles = {(e.privilege, e.name) for e in held.entries if not (e.reach or e.inherited)}
    covered = {wanted.covering(e) for e in held.entries}
    to_come = {e.bare for e in held.entries if e.reach == FUTURE}
    for entry in wanted.entries:
        if entry in held.not_seen:
            found[entry.text] = GRANTED  # as far as anybody knows: no difference
            continue
        if entry.reach != ALL_AND_FUTURE:
            if entry in covered:
                found[entry.text] = GRANTED
            continue
        coming = replace(entry, reach=FUTURE) in to_come
        names = present.of(entry) if present and not held.cut_short else None
        missing = [n for n in names or () if (entry.privilege, n) not in singles]
        nothing = len(missing) == len(names or ()) and entry not in covered
        if not coming and nothing and not held.cut_short:
            continue
        lacks = []
        if missing:
            shown = ", ".join(quoted(*name) for name in missing[:NAMES])
            more = ", …" if len(missing) > NAMES else ""
            lacks.append(f"{len(missing)} of {len(names or ())}: {shown}{more}")
        if not coming:
            lacks.append("those to come")
        found[entry.text] = f"{LACKS} {', and '.join(lacks)}" if lacks else GRANTED
    return found


def extras(wanted: Wanted, held: Held) -> list[Entry]:
    """What is held and not wanted, or may be passed on."""
    return sorted(e for e in held.entries if e.grant_option or wanted.covering(e) is None)


def undeclared(entries: Iterable[Entry]) -> dict[str, str]:
    """These as the state has them. What belongs to the role cannot be revoked from it."""
    return {e.text: NOT_DECLARED for e in entries if e.privilege != "OWNERSHIP" or e.reach}
