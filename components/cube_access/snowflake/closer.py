"""What a role of ours holds, also where SHOW GRANTS may have cut its answer off.

SHOW GRANTS has no cursor. A wanted privilege that the answer does not have is looked for where it
would be: in the INFORMATION_SCHEMA of its database, which has no such limit, and then at its
securable. What no look could find out is not seen, which is neither a lack nor an extra.

INFORMATION_SCHEMA shows a session only what the session's role has privileges on, and takes a
warehouse: what it has counts, and what it does not have says nothing.
https://docs.snowflake.com/en/sql-reference/info-schema/object_privileges
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from cube_access.facts.identifiers import literal, quoted, unquoted
from cube_access.facts.securables import INFORMATION_SCHEMA
from cube_access.snowflake.holdings import Held, Wanted, entry_of, is_to, is_true, own_usage, read
from cube_access.snowflake.privileges import (
    ALL_AND_FUTURE,
    DATABASE_ROLE,
    FUTURE,
    Entry,
)
from cube_access.snowflake.session import UNANSWERED, Answer, Row, Session

# Kinds of which the view has the names that statements take, and how many parts these have.
_PARTS = {"DATABASE": 1, "SCHEMA": 2, "TABLE": 3, "VIEW": 3}


def read_closely(
    session: Session, who: str, wanted: Iterable[Entry], *, always: bool = False
) -> Held:
    """What a role holds; where the answer may be cut off, each wanted privilege is looked for.

    Args:
        who: the role, as a statement has it after TO.
        always: also after a cancel.

    Raises:
        SnowflakeError: `missing`, if there is no such role, or not for this session.
    """
    held = read(session, who, always=always)
    if not held.cut_short:
        return held
    every = Wanted(wanted)
    in_views = set(_in_views(session, who, every, always=always))
    entries = (held.entries | in_views) - own_usage(who)
    at_securables, not_seen = _at_securables(session, who, every, entries, always=always)
    return replace(held, entries=entries | at_securables, not_seen=frozenset(not_seen))


def _in_views(session: Session, who: str, wanted: Wanted, *, always: bool) -> Iterator[Entry]:
    names = {each.name[:1] for each in wanted.entries if each.kind != "WAREHOUSE"}
    grantee = literal(unquoted(who)[-1])
    views = [(*name, INFORMATION_SCHEMA, "OBJECT_PRIVILEGES") for name in sorted(names)]
    asked = [
        f"SELECT * FROM {quoted(*view)} WHERE GRANTEE = {grantee}"  # noqa: S608 - both escaped
        for view in views
    ]
    for row in (row for each in session.run(asked, always=always) for row in _rows(each)):
        entry = _of_view(row, who)
        if entry and (wanted.covering(entry) or not _near(entry, wanted.entries)):
            yield entry


def _of_view(row: Row, who: str) -> Entry | None:
    """None: it is another's, or its name is not told exactly enough."""
    kind = _words(row["object_type"])
    if kind not in _PARTS or not who.startswith(f"{_words(row.get('granted_to'))} "):
        return None
    above = (row["object_catalog"], row["object_schema"])[: _PARTS[kind] - 1]
    name = tuple(str(part) for part in (*above, row["object_name"]))
    option = is_true(row["is_grantable"])
    return Entry(str(row["privilege_type"]), kind, name, grant_option=option)


def _near(entry: Entry, wanted: Iterable[Entry]) -> bool:
    """Whether it may belong to a wanted privilege on another kind: the view knows few kinds."""
    reads = entry.privilege in ("SELECT", "USAGE")
    return reads and any(entry.name[: len(each.name)] == each.name for each in wanted)


def _at_securables(
    session: Session, who: str, wanted: Wanted, known: Iterable[Entry], *, always: bool
) -> tuple[set[Entry], set[Entry]]:
    """What is found there, and the wanted privileges of which nothing was found out."""
    held = {wanted.covering(each) for each in known if each.reach != FUTURE}
    to_come = {each.bare for each in known if each.reach == FUTURE}
    questions: dict[str, list[Entry]] = {}
    # No statement but the one that was cut off shows an inherited grant.
    not_seen = {each for each in wanted.entries if each.inherited and each not in held}
    for entry in wanted.entries:
        name = quoted(*entry.name)
        if entry.reach == ALL_AND_FUTURE and replace(entry, reach=FUTURE) not in to_come:
            place = "DATABASE" if len(entry.name) == 1 else "SCHEMA"
            questions.setdefault(f"SHOW FUTURE GRANTS IN {place} {name}", []).append(entry)
        elif not entry.reach and entry not in held:
            what = "OF" if entry.kind == DATABASE_ROLE else "ON"
            questions.setdefault(f"SHOW GRANTS {what} {entry.kind} {name}", []).append(entry)
    found: set[Entry] = set()
    for answer in session.run(list(questions), always=always):
        rows = _rows(answer)
        if answer.error and answer.error.reason != "missing":
            not_seen.update(questions[answer.statement])
        for row in (each for each in rows if is_to(each, who)):
            # SHOW GRANTS OF tells who has a role, and no privilege.
            members = [] if "privilege" in row else questions[answer.statement]
            found.update(members or [entry_of(row, future="grant_on" in row)])
    return found, not_seen


def _rows(answer: Answer) -> Sequence[Row]:
    """None of what was refused.

    Raises:
        SnowflakeError: nobody answered.
    """
    if answer.error and answer.error.reason in UNANSWERED:
        raise answer.error
    return answer.rows


def _words(kind: object) -> str:
    return str(kind).replace("_", " ")
