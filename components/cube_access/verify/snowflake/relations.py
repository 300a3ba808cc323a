"""Tables and views: which there are, and what a view lets through.

Owns the listing. What ought to be readable is `compare.py`'s.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from snowflake.connector.errors import ProgrammingError

from cube_access.facts.identifiers import PART, QUOTED, parse, plain, quoted
from cube_access.facts.securables import INFORMATION_SCHEMA, OWN_DATABASE
from cube_access.facts.snowflake_errors import is_refusal
from cube_access.snowflake.holdings import MOST_ROWS
from cube_access.verify.findings import Line
from cube_access.verify.snowflake.compare import Declared, Relation
from cube_access.verify.snowflake.held import Name
from cube_access.verify.snowflake.session import Session, reason
from cube_access.verify.snowflake.sessions import Sessions

APART = 4
"""How many schemas of a database are asked for one by one: the whole of it may be large."""
MOST_VIEWS = 20
"""How many views that show undeclared data get a line of their own."""
_NAME = re.compile(rf"(?:{PART.pattern})(?:\s*\.\s*(?:{PART.pattern}))*")
_QUERIES = ("VIEW", "MATERIALIZED_VIEW", "DYNAMIC_TABLE")


@dataclass
class Listed:
    """The relations of some places, and what was not seen of them."""

    relations: list[Relation] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    cut: bool = False
    """Whether there may be more of them."""
    refused: str = ""
    """Why a place was not listed."""

    def lines(self, by: str) -> Iterator[Line]:
        for what in self.problems:
            yield Line(verdict="unseen", what=what, shown="grants", by=by)


def present(looker: Sessions, declared: Declared, me: Sessions | None) -> Listed:
    """Of the declared places, as far as the one who looks, or else the service account, sees them.

    Args:
        me: the service account, if it has signed in.
    """
    wanted = declared.reading
    tables = {name[:2] for name in wanted.objects}
    whole = [*wanted.whole_databases, *wanted.imported]
    places = [*whole, *sorted({*wanted.whole_schemas, *tables})]
    # Many schemas of one database are asked for at once, unless it has more than one answer holds.
    inside = Counter(place[0] for place in places if len(place) == 2)
    together = [(name,) for name, count in inside.items() if count > APART]
    shown = dict(zip(together, looker.each(_shown_in, together), strict=True))
    complete = {
        name: found for name, found in shown.items() if not (found.problems or found.refused)
    }
    alone = [place for place in places if place[:1] not in complete]
    inside_of: dict[Name, list[Relation]] = {}
    problems: list[str] = []
    for place, found in zip(alone, looker.each(_shown_in, alone), strict=True):
        if found.refused and me and me is not looker:
            (found,) = me.each(_shown_in, [place])
        elif found.refused and not me:
            problems.append(f"tables and views in {plain(*place)}: {found.refused}")
        # What the service account itself cannot see has its line as a grant that is lacking.
        inside_of[place] = found.relations
        problems += found.problems
    for relation in (each for found in complete.values() for each in found.relations):
        inside_of.setdefault(relation.name[:1], []).append(relation)
        inside_of.setdefault(relation.name[:2], []).append(relation)
    relations = [relation for place in places for relation in inside_of.get(place, [])]
    return Listed(relations, problems)


def everywhere(looker: Sessions) -> Listed:
    """All that the one who looks can see, but what Snowflake itself has in every account."""
    ((found, cut),) = looker.each(_shown, ["ACCOUNT"])
    relations = [
        each
        for each in found
        if each.name[0] != OWN_DATABASE and each.name[1] != INFORMATION_SCHEMA
    ]
    return Listed(relations, cut=cut)


def _shown_in(session: Session, place: Name) -> Listed:
    what = f"{'DATABASE' if len(place) == 1 else 'SCHEMA'} {quoted(*place)}"
    try:
        found, cut = _shown(session, what)
    except ProgrammingError as error:
        if not is_refusal(error):
            return Listed([], [f"tables and views in {plain(*place)}: {reason(error)}"])
        return Listed(refused=reason(error))
    problems = [f"tables or views in {plain(*place)} beyond {MOST_ROWS:,}"] if cut else []
    return Listed(found, problems, cut)


def _shown(session: Session, place: str) -> tuple[list[Relation], bool]:
    """Tables and views, and whether there may be more."""
    tables, views = (
        session.rows(f"SHOW {kind} IN {place} LIMIT {MOST_ROWS}") for kind in ("TABLES", "VIEWS")
    )
    found = []
    for row in tables:
        kind = "TABLE"
        for mark, special in (("is_external", "EXTERNAL"), ("is_dynamic", "DYNAMIC")):
            if str(row.get(mark)).upper() in ("Y", "TRUE"):
                kind = f"{special}_TABLE"
        found.append(Relation((row["database_name"], row["schema_name"], row["name"]), kind))
    for row in views:
        if row["schema_name"] != INFORMATION_SCHEMA:
            materialized = str(row.get("is_materialized")).lower() == "true"
            kind = "MATERIALIZED_VIEW" if materialized else "VIEW"
            name = (row["database_name"], row["schema_name"], row["name"])
            found.append(Relation(name, kind, str(row.get("text") or "")))
    return found, max(len(tables), len(views)) >= MOST_ROWS


def views(
    declared: Declared, inside: Sequence[Relation], others: Iterable[Relation], by: str
) -> Iterator[Line]:
    """What a readable view shows is its owner's to decide, wherever that data is.

    Args:
        others: relations that are not declared, as far as they were seen.
    """
    hidden = {one.name for one in others if not declared.reads(one.name, one.kind)}
    queries = [one for one in inside if one.kind in _QUERIES and declared.reads(one.name, one.kind)]
    through = [(one, sorted(names_in(one) & hidden)) for one in queries if one.text]
    telling = [(one, names) for one, names in through if names]
    for one, names in telling[:MOST_VIEWS]:
        listed = ", ".join(plain(*name) for name in names)
        what = (
            f"{plain(*one.name)} is a view that names {listed}, which is not declared: what it "
            "shows of that is read"
        )
        yield Line(verdict="note", what=what, shown="grants", by=by)
    if len(telling) > MOST_VIEWS:
        what = f"{len(telling) - MOST_VIEWS} more views that name what is not declared"
        yield Line(verdict="note", what=what, shown="grants", by=by)
    if silent := [one for one in queries if not one.text]:
        listed = ", ".join(plain(*one.name) for one in silent[:5])
        more = f" and {len(silent) - 5} more" if len(silent) > 5 else ""
        what = f"what {listed}{more} show was not seen: their statements are not told"
        yield Line(verdict="note", what=what, shown="grants", by=by)


def names_in(view: Relation) -> set[Name]:
    """The names in its statement, each as the relation that it could be: without a dot, one of the
    view's own schema.
    """
    found = set[Name]()
    for match in _NAME.finditer(_without_texts(view.text)):
        parts = parse(re.sub(r"\s*\.\s*", ".", match[0]))
        if len(parts) == 1:
            found.add((*view.name[:2], *parts))
            continue
        found.add(parts[:3])
        found.add((view.name[0], *parts[:2]))
    return found


def _without_texts(statement: str) -> str:
    """Comments and literals have no names; what is quoted stays."""
    return re.sub(
        rf"({QUOTED})|'(?:[^'\\]|''|\\.)*'|--[^\n]*|/\*.*?\*/",
        lambda match: match[1] or " ",
        statement,
        flags=re.DOTALL,
    )
