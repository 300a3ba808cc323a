"""What the service account can do when it tries.

Owns the samples and what an answer proves. What a role holds explains most of what works against
expectation; only what nothing explains gets a line of its own here.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from snowflake.connector.errors import ProgrammingError

from cube_access.facts.identifiers import plain, quoted
from cube_access.facts.principals import SNOWFLAKE_ADMINISTRATORS
from cube_access.facts.snowflake_errors import is_refusal
from cube_access.verify.findings import SERVICE_ACCOUNT, Line
from cube_access.verify.looks import line
from cube_access.verify.sampling import sample
from cube_access.verify.snowflake.compare import Declared, Relation
from cube_access.verify.snowflake.held import PUBLIC, Held, Holdings, Name, Role
from cube_access.verify.snowflake.session import Session, reason
from cube_access.verify.snowflake.sessions import Sessions

PER_PLACE, OTHERS, WRITTEN, ROLES = 5, 20, 5, 12
"""How many are tried: relations of each declared place, of the rest, tables to write to, roles."""
TOGETHER = 25
"""How many reads that ought to work are tried by one statement."""
HARMLESS = {"REFERENCES", "SELECT", "USAGE"}


@dataclass(frozen=True)
class Explained:
    """What is known to be held, by whatever way: it has its line already."""

    held: Collection[Held]
    roles: Collection[Role]

    def reads(self, name: Name) -> bool:
        return self._holds(name, "SELECT")

    def writes(self, name: Name, privilege: str) -> bool:
        return self._holds(name, privilege)

    def _holds(self, name: Name, privilege: str) -> bool:
        return any(
            h.privilege in (privilege, "OWNERSHIP")
            and not h.future
            and h.name == (name[: len(h.name)] if h.inherited else name)
            for h in self.held
        )


def explain(declared: Declared, holdings: Holdings) -> Explained:
    start = [Role("USER", (declared.user,)), declared.role, PUBLIC]
    roles = holdings.closure(start)
    return Explained([h for role in roles for h in holdings.seen(role)], roles)


def query(relation: Relation) -> str:
    """A table's cheapest read; of the others none, for a view may be any query."""
    if relation.kind == "TABLE":
        return f"SELECT 1 FROM {quoted(*relation.name)} LIMIT 1"
    return f"SELECT * FROM {quoted(*relation.name)} LIMIT 0"


def query_of_all(relations: Iterable[Relation]) -> str:
    """One statement that Snowflake refuses if it refuses any of them: it resolves every name, with
    the right to read it, before it runs.
    """
    return " UNION ALL ".join(
        f"({query(each)})" if each.kind == "TABLE" else f"(SELECT 1 FROM ({query(each)}))"
        for each in relations
    )


def reads(
    me: Sessions, declared: Declared, present: Sequence[Relation], lacking: Collection[Name] = ()
) -> Iterator[Line]:
    """Of what is declared.

    Args:
        lacking: what a privilege is lacking on: relations, schemas, databases. That something
            cannot be read for want of one has its line already.
    """
    wanted = declared.reading
    readable: dict[Name, list[Relation]] = {}
    for one in present:
        if declared.reads(one.name, one.kind):
            for parts in (1, 2, 3):
                readable.setdefault(one.name[:parts], []).append(one)
    places = [*wanted.whole_databases, *wanted.imported, *wanted.whole_schemas, *wanted.objects]
    tried: dict[Name, list[Relation]] = {}
    for place in places:
        if place not in readable and len(place) == 3:
            readable[place] = [Relation(place, "TABLE")]
        tried[place] = sample(readable.get(place, []), PER_PLACE)
    every = list(dict.fromkeys(each for some in tried.values() for each in some))
    failed = _unreadable(me, every)
    told = sorted({each.name for each in failed if not _parts(each.name).isdisjoint(lacking)})
    if told:
        listed = ", ".join(plain(*name) for name in told)
        what = f"cannot be read, as is to be expected of what is lacking: {listed}"
        yield line("note", what, SERVICE_ACCOUNT, shown="tried")
    for place in places:
        lines = [failed[each] for each in tried[place] if each in failed]
        yield from (failed[e] for e in tried[place] if e in failed and e.name not in told)
        inside = readable.get(place, [])
        if not inside:
            yield _ok(f"nothing to read in {plain(*place)} yet", "grants")
        elif not lines:
            yield _ok(f"reads {len(tried[place])} of {len(inside)} in {plain(*place)}")


def _unreadable(me: Sessions, tried: Sequence[Relation]) -> dict[Relation, Line]:
    """What cannot be read: tried many at once, and one by one where that is refused."""
    some = [tried[start : start + TOGETHER] for start in range(0, len(tried), TOGETHER)]
    worked = me.each(lambda session, each: _error(session, query_of_all(each)) is None, some)
    rest = [
        one for each, all_of_it in zip(some, worked, strict=True) if not all_of_it for one in each
    ]
    errors = me.each(lambda session, one: _error(session, query(one)), rest)
    found = {}
    for relation, error in zip(rest, errors, strict=True):
        if error:
            what = f"{plain(*relation.name)} cannot be read: {reason(error)}"
            found[relation] = _line("lack", what, shows(relation))
    return found


def shows(relation: Relation) -> str:
    """What tells whoever may see why it can be read or written, or cannot."""
    kind = relation.kind.replace("_", " ")
    return f"Look at SHOW GRANTS ON {kind} {quoted(*relation.name)}, as its owner."


def _parts(name: Name) -> set[Name]:
    """Itself and what it is in."""
    return {name[:depth] for depth in (1, 2, 3)}


def _error(session: Session, statement: str) -> ProgrammingError | None:
    try:
        session.rows(statement)
    except ProgrammingError as error:
        return error
    return None


def refuses_reads(
    me: Sessions,
    declared: Declared,
    always: Sequence[Relation],
    own: Sequence[Relation],
    others: Sequence[Relation],
    known: Explained,
    *,
    cut: bool = False,
) -> Iterator[Line]:
    """Of what is not declared.

    Args:
        cut: whether there may be more that these two saw; what is tried is a sample in any case.
        always: what is tried in any case.
        own: what the service account itself sees, which is little. Sampled apart: among all that
            the deployer sees it would be lost.
        others: what the deployer sees.
    """
    own, others = (
        [one for one in seen if not declared.reads(one.name, one.kind)] for seen in (own, others)
    )
    tried = dict.fromkeys([*always, *sample(own, OTHERS), *sample(others, OTHERS)])
    count = len({*always, *own, *others})
    refused = 0
    errors = me.each(lambda session, one: _error(session, query(one)), tried)
    for relation, error in zip(tried, errors, strict=True):
        if error and is_refusal(error):
            refused += 1
        elif error:
            yield _untried(f"reading {plain(*relation.name)}", error)
        elif not known.reads(relation.name):
            what = f"reads {plain(*relation.name)}, and no grant that was seen says why"
            yield _line("extra", what, shows(relation))
    of = f"{count}{' or more' if cut else ''} others known"
    yield _ok(f"refused to read {refused} of {len(tried)} tried, of {of}")


def refuses_writes(
    me: Sessions, declared: Declared, present: Sequence[Relation], known: Explained
) -> Iterator[Line]:
    """INSERT, UPDATE and DELETE of no rows on what it can read."""
    tables = [one for one in present if one.kind == "TABLE" and declared.covers(one.name)]
    tried, refused, count, unread = sample(tables, WRITTEN), 0, 0, 0
    for table, answers in zip(tried, me.each(_write, tried), strict=True):
        if isinstance(answers, ProgrammingError):
            unread += 1
            if not is_refusal(answers):  # of a refusal the reads tell
                yield _untried(f"writing to {plain(*table.name)}", answers)
            continue
        count += len(answers)
        for privilege, was_refused in answers.items():
            refused += was_refused
            if not was_refused and not known.writes(table.name, privilege):
                name = plain(*table.name)
                what = f"{privilege} on {name} works, and no grant that was seen says why"
                yield _line("extra", what, shows(table))
    what = f"refused {refused} of {count} writes tried on {len(tried) - unread} tables"
    yield _ok(f"{what}, of no rows and rolled back")


def _write(session: Session, table: Relation) -> Mapping[str, bool] | ProgrammingError:
    try:
        return session.writes_refused(table.name, session.columns(table.name)[0])
    except ProgrammingError as error:
        return error


def refuses_roles(me: Sessions, declared: Declared, known: Explained) -> Iterator[Line]:
    """USE ROLE of the administrators' and of those that it can see, and secondary roles."""
    seen = [str(row["name"]) for row in me.rows("SHOW ROLES LIMIT 1000")]
    own = {role.name[0] for role in declared.own} | {*PUBLIC.name}
    names = sorted({*SNOWFLAKE_ADMINISTRATORS, *sample(sorted({*seen} - own), ROLES)} - own)

    def takes(session: Session, name: str) -> bool:
        if session.refused(f"USE ROLE {quoted(name)}"):
            return False
        session.rows(f"USE ROLE {quoted(*declared.role.name)}")
        return True

    taken = [name for name, was in zip(names, me.each(takes, names), strict=True) if was]
    for name in taken:
        if Role("ROLE", (name,)) not in known.roles:
            yield _line("extra", f"takes role {plain(name)}, and no grant that was seen says why")
    refused = len(names) - len(taken)
    yield _ok(f"refused {refused} of {len(names)} role switches tried")
    (answer,) = me.each(_all_secondary_roles, [None])
    try:
        others = ", ".join(sorted(secondary_roles(answer) - own))
    except ValueError as error:
        what = f"which roles it has with all secondary roles: {error}"
        yield line("unseen", what, SERVICE_ACCOUNT, shown="tried")
        return
    yield _ok(f"with all secondary roles it has {others or 'no other role'}")


def _all_secondary_roles(session: Session, _: None) -> str:
    session.rows("USE SECONDARY ROLES ALL")
    found = session.rows("SELECT CURRENT_SECONDARY_ROLES()")[0]["current_secondary_roles()"]
    session.rows("USE SECONDARY ROLES NONE")
    return str(found or "")


def secondary_roles(answer: str) -> set[str]:
    """Of CURRENT_SECONDARY_ROLES, which tells `{"roles":"A,B","value":"ALL"}`.

    Raises:
        ValueError: it is not of that form, so that there may be roles in it.
    """
    try:
        names = json.loads(answer or '{"roles": ""}')["roles"]
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"Snowflake tells {answer!r}, which has another form") from None
    return {name for name in str(names).split(",") if name}


def refuses_the_rest(known: Explained) -> Iterator[Line]:
    """DDL, GRANT and REVOKE commit by themselves, so they are not tried."""
    privileges = {h.privilege for h in known.held}
    if privileges and privileges <= HARMLESS:
        words = ", ".join(sorted(privileges))
        yield _ok(f"nothing to create, alter, drop or grant with: holds {words} only", "grants")


def _ok(what: str, shown: Literal["tried", "grants"] = "tried") -> Line:
    return line("ok", what, SERVICE_ACCOUNT, shown=shown)


def _untried(what: str, error: ProgrammingError) -> Line:
    """It failed for a reason that proves nothing."""
    return line("unseen", f"{what}: {reason(error)}", SERVICE_ACCOUNT, shown="tried")


def _line(verdict: Literal["extra", "lack"], what: str, hint: str = "") -> Line:
    return line(verdict, what, SERVICE_ACCOUNT, shown="tried", hint=hint)
