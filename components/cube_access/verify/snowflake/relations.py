"""Tables and views: which there are, and what a view lets through.

Owns the listing. What ought to be readable is `compare.py`'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from snowflake.connector.errors import ProgrammingError

from cube_access.facts.identifiers import plain, quoted
from cube_access.facts.securables import INFORMATION_SCHEMA, OWN_DATABASE
from cube_access.facts.snowflake_errors import is_refusal
from cube_access.snowflake.holdings import MOST_ROWS
from cube_access.verify.findings import Line
from cube_access.verify.looks import line
from cube_access.verify.snowflake.compare import Declared, Relation
from cube_access.verify.snowflake.held import Name
from cube_access.verify.snowflake.session import Session, reason
from cube_access.verify.snowflake.sessions import Sessions
from cube_access.verify.snowflake.view_text import Named, named

APART = 4
"""How many schemas of a database are asked for one by one: the whole of it may be large."""
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
            yield line("unseen", what, by, shown="grants")


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
    declared: Declared,
    inside: Sequence[Relation],
    others: Iterable[Relation],
    by: str,
    functions: Collection[Name] = (),
) -> Iterator[Line]:
    """What a readable view shows is its owner's to decide, wherever that data is: verify names what
    is not declared, and has not seen how much of it is shown.

    Args:
        others: relations that are not declared, as far as they were seen. What no look listed, a
            view may name all the same.
        functions: those of the account's own in the schemas of the views.
    """
    kinds = {one.name: one.kind for one in (*others, *inside)}
    for one in queries(declared, inside):
        name = plain(*one.name)
        if not one.text:
            what = f"what {name} shows was not seen: its statement is not told"
            yield line("unseen", what, by, shown="grants", name=name)
            continue
        found = named(one.text)
        undeclared = [plain(*each) for each in _undeclared(declared, one, found, kinds, functions)]
        if found.computed:
            undeclared.append("what its statement puts together when it runs")
        if undeclared:
            what = (
                f"{name} is a view that names {', '.join(sorted(undeclared))}, which is not "
                "declared: what it shows of that is read"
            )
            yield line("unseen", what, by, shown="grants", name=name)


def queries(declared: Declared, inside: Iterable[Relation]) -> list[Relation]:
    """The readable ones that are the result of a statement. What another account shares is that
    account's, with all that is in it.
    """
    return [
        one
        for one in inside
        if one.kind in _QUERIES
        and declared.reads(one.name, one.kind)
        and not declared.shares(one.name)
    ]


def functions_beside(looker: Sessions, views: Iterable[Relation]) -> set[Name]:
    """Of the account's own: a view may name one of its schema without a dot, as it does
    Snowflake's.

    Raises:
        ProgrammingError: the one who looks may not list them.
    """
    schemas = sorted({one.name[:2] for one in views if one.text})
    asked = [f"SHOW USER FUNCTIONS IN SCHEMA {quoted(*schema)}" for schema in schemas]
    answers = looker.each(lambda session, statement: session.rows(statement), asked)
    return {
        (*schema, str(row["name"]))
        for schema, rows in zip(schemas, answers, strict=True)
        for row in rows
    }


def _undeclared(
    declared: Declared,
    view: Relation,
    found: Named,
    kinds: Mapping[Name, str],
    functions: Collection[Name],
) -> set[Name]:
    def whole(name: Name) -> Name:
        return (*view.name[: max(3 - len(name), 0)], *name[:3])

    def is_declared(name: Name) -> bool:
        if kind := kinds.get(name):
            return declared.reads(name, kind)
        return declared.covers(name) or declared.shares(name)

    undeclared = {name for each in found.relations if not is_declared(name := whole(each))}
    # What is listed counts wherever it stands: the reading of the text may have missed its place.
    undeclared |= {
        name
        for each in found.anywhere
        for name in (whole(each), (view.name[0], *each[:2]))
        if name in kinds and not is_declared(name)
    }
    # A function reads with its owner's rights, too. Snowflake's own read nobody's tables.
    undeclared |= {
        name
        for each in found.calls
        if (name := whole(each)) in functions or (len(each) > 1 and name[0] != OWN_DATABASE)
    }
    return undeclared | {whole(each) for each in found.stages}
