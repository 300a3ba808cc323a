"""The statements that make a role hold what is wanted, in an order that never takes away what it
gives back.

Owns the order and what one statement takes: first what is to come, then what is there, and what
goes only after what stays. A row goes by itself where the container holds something that stays:
REVOKE … ON ALL takes from all that is in it, whatever granted it. Pure: it asks nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from cube_access.snowflake.holdings import Held, Wanted
from cube_access.snowflake.privileges import ALL, ALL_AND_FUTURE, FUTURE, IMPORTED, Entry

Name = tuple[str, ...]
Container = tuple[str, str, Name]
"""A privilege, a kind of objects, and what they are in."""
# What can be revoked from all of a container's objects at once.
BY_CONTAINER = frozenset(
    {
        *("SCHEMA", "TABLE", "VIEW", "MATERIALIZED VIEW"),
        *("EXTERNAL TABLE", "DYNAMIC TABLE", "ICEBERG TABLE"),
    }
)

NO_SINGLE_ONES = "individual privileges on imported database"
"""What the refusal of any other GRANT or REVOKE on such a database says."""


@dataclass(frozen=True)
class Change:
    """One statement, and the privilege that it is for."""

    statement: str
    entry: Entry
    extra: bool = False
    """Whether it revokes only what was never wanted."""

    def takes(self, held: Entry) -> bool:
        """Whether it is to take this away."""
        mine = self.entry
        if mine.reach != ALL or mine.inherited:
            return held == mine
        inside = held.name[: len(mine.name)] == mine.name and len(held.name) > len(mine.name)
        same = (held.privilege, held.kind) == (mine.privilege, mine.kind)
        return inside and same and not held.reach


def instead(change: Change, refusal: str) -> Change | None:
    """What revokes a privilege by hand on an imported database, whose one privilege SHOW GRANTS
    writes as USAGE; None: the refusal is another.
    """
    entry = change.entry
    usage = (entry.privilege, entry.kind) == ("USAGE", "DATABASE")
    revoke = f"REVOKE {entry.sql()} FROM "
    if not usage or not change.statement.startswith(revoke) or NO_SINGLE_ONES not in refusal:
        return None
    imported = Entry(IMPORTED, "DATABASE", entry.name)
    return replace(change, statement=change.statement.replace(entry.sql(), imported.sql(), 1))


@dataclass(frozen=True)
class Plan:
    """Waves: within one, the order does not matter, and each begins when the one before is done."""

    grants: Sequence[Sequence[Change]] = ()
    revokes: Sequence[Sequence[Change]] = ()

    @property
    def size(self) -> int:
        return sum(len(wave) for wave in (*self.grants, *self.revokes))


def plan(
    wanted: Wanted,
    held: Held,
    *,
    who: str,
    settled: Collection[Entry] = (),
    gone: Wanted,
    revocable: Callable[[Entry], bool],
) -> Plan:
    """What is left to do.

    Args:
        who: the role, as a statement has it after TO.
        settled: privileges on containers whose present objects need no look: the state says that
            they are granted.
        gone: privileges that were wanted until now.
        revocable: whether something that is held and not wanted may be taken away.
    """
    coming: list[Change] = []
    there: list[Change] = []
    covered = {wanted.covering(each) for each in held.entries if not each.reach or each.inherited}
    for entry in wanted.entries:
        if entry.reach != ALL_AND_FUTURE:
            if entry not in covered:
                coming += [Change(statement, entry) for statement in entry.grants(who)]
            continue
        future = replace(entry, reach=FUTURE)
        lacks_future = not {future, replace(future, grant_option=True)} & held.entries
        if lacks_future:
            coming.append(Change(future.grants(who)[0], entry))
        if lacks_future or entry not in settled:
            there.append(Change(replace(entry, reach=ALL).grants(who)[0], entry))
    return Plan([coming, there], _revokes(wanted, held, who, gone, revocable))


def _revokes(
    wanted: Wanted, held: Held, who: str, gone: Wanted, revocable: Callable[[Entry], bool]
) -> list[list[Change]]:
    coming: list[Change] = []
    there: list[Change] = []
    rows: dict[Container, list[Entry]] = {}
    kept: set[Container] = set()
    for entry in sorted(held.entries):
        stays = wanted.covering(entry) is not None
        container = (entry.privilege, entry.kind, entry.name[:-1])
        if stays or not revocable(entry):
            kept.add(container)
            kept.add((entry.privilege, entry.kind, entry.name[:1]))
            if stays and entry.grant_option and revocable(entry):
                there.append(Change(entry.revoke_option(who), entry, extra=True))
        elif entry.privilege == "OWNERSHIP" and not entry.reach:
            kept.add(container)  # it can only be given to another role
        elif entry.reach:
            extra = gone.covering(entry) is None
            coming += [Change(each, entry, extra) for each in entry.revokes(who)]
        elif entry.kind in BY_CONTAINER and entry.privilege in ("USAGE", "SELECT"):
            rows.setdefault(container, []).append(entry)
        else:
            taken = gone.covering(entry) or entry
            # Of an imported database there is one privilege, which SHOW GRANTS writes as USAGE.
            one = taken if taken.privilege == IMPORTED else entry
            extra = gone.covering(entry) is None
            there += [Change(each, entry, extra) for each in one.revokes(who)]
    if held.cut_short:
        # There may be rows that were not told: what was wanted goes with all that is in it.
        for entry in gone.entries:
            if entry in held.not_seen and wanted.covering(entry) is None:
                unseen = replace(entry, reach=FUTURE) if entry.reach == ALL_AND_FUTURE else entry
                coming += [Change(each, unseen) for each in unseen.revokes(who)]
            stays = (entry.privilege, entry.kind, entry.name) in _containers(wanted)
            if entry.reach == ALL_AND_FUTURE and not stays:
                rows.pop((entry.privilege, entry.kind, entry.name), None)
                everything = replace(entry, reach=ALL)
                there += [Change(each, everything) for each in everything.revokes(who)]
    # What is granted in the same run is not among the rows yet.
    kept |= _containers(wanted)
    for place, entries in _merged(rows, kept).items():
        extra = all(gone.covering(each) is None for each in entries)
        there += [Change(each, entry, extra) for each, entry in _of_rows(place, entries, who)]
    return [coming, there]


def _merged(
    rows: Mapping[Container, list[Entry]], kept: Collection[Container]
) -> dict[Container, list[Entry]]:
    """Rows by the container that they are taken from: their database, where all of it goes."""
    found: dict[Container, list[Entry]] = {}
    schemas = Counter((privilege, kind, name[:1]) for privilege, kind, name in rows)
    for container, entries in rows.items():
        privilege, kind, name = container
        above = (privilege, kind, name[:1])
        if schemas[above] > 1 and above not in kept:
            found.setdefault(above, []).extend(entries)
        elif container not in kept:
            found.setdefault(container, []).extend(entries)
        else:
            for entry in entries:
                found[privilege, kind, entry.name] = [entry]
    return found


def _of_rows(container: Container, entries: Sequence[Entry], who: str) -> list[tuple[str, Entry]]:
    """Statements, and what each revokes."""
    if len(entries) > 1:
        entries = [Entry(*container, ALL)]
    return [(each, entry) for entry in entries for each in entry.revokes(who)]


def _containers(wanted: Wanted) -> set[Container]:
    """What a REVOKE … ON ALL would take from something that stays, each database included."""
    found: set[Container] = set()
    for entry in wanted.entries:
        place = entry.name if entry.reach else entry.name[:-1]
        found |= {(entry.privilege, entry.kind, place[:depth]) for depth in (1, 2)}
        if entry.reach and len(entry.name) == 1:
            found.add((entry.privilege, entry.kind, entry.name))
    return found
