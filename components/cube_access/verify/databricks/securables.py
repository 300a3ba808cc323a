"""Unity Catalog: what the service account holds, itself or through a group, compared with what is
declared.

Owns the walk over what is visible and the effective permissions there. A privilege is told once,
where it was granted, however far it is inherited.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from databricks.sdk.errors import NotFound, PermissionDenied
from databricks.sdk.errors.base import DatabricksError

from cube_access.facts import unity
from cube_access.facts.principals import ACCOUNT_USERS
from cube_access.verify.databricks.client import Client, quoted
from cube_access.verify.findings import Line, Verdict

REFRESH = "pulumi up --refresh"
MOST_TABLES = 200
"""Of one schema: what is granted above is inherited, and looked at there."""
READS = {"ALL_PRIVILEGES", "OWNER", "SELECT"}
Each = TypeVar("Each")


@dataclass(frozen=True)
class Securable:
    kind: str
    """metastore, catalog, schema or table."""
    name: str
    owner: str
    is_view: bool = False

    def words(self) -> str:
        return "METASTORE" if self.kind == "metastore" else f"{self.kind.upper()} {self.name}"

    def sql(self) -> str:
        return (
            "METASTORE" if self.kind == "metastore" else f"{self.kind.upper()} {quoted(self.name)}"
        )


@dataclass(frozen=True)
class Assigned:
    """A privilege where it was granted; OWNER is one too."""

    principal: str
    privilege: str
    on: Securable

    @property
    def is_everybodys_anyway(self) -> bool:
        """In the system catalog everybody may run Databricks' own models and functions."""
        in_system = self.on.name.split(".")[0] == unity.SYSTEM
        return in_system and self.privilege == "EXECUTE" and self.principal == ACCOUNT_USERS


@dataclass
class Found:
    """What was seen."""

    securables: dict[tuple[str, str], Securable] = field(default_factory=dict)
    assigned: set[Assigned] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    left_out: int = 0

    def add(self, one: Securable) -> None:
        self.securables[one.kind, one.name.lower()] = one

    def get(self, kind: str, name: str) -> Securable:
        return self.securables.get((kind, name.lower())) or Securable(kind, name, "")

    def tables(self) -> list[Securable]:
        return [one for one in self.securables.values() if one.kind == "table"]

    def explains_reading(self, table: Securable) -> bool:
        """Whether a privilege that has its line already lets it be read."""
        parts = table.name.lower().split(".")
        places = {".".join(parts[:depth]) for depth in (1, 2, 3)}
        return any(
            one.on.name.lower() in places and one.privilege in READS for one in self.assigned
        )

    def with_what_only(self, other: Found) -> Found:
        """And what another sign-in saw, where this one saw nothing of it."""

        def key(one: Assigned) -> tuple[str, ...]:
            return one.principal, one.privilege, one.on.kind, one.on.name.lower()

        known = {key(one) for one in self.assigned}
        return Found(
            securables={**other.securables, **self.securables},
            assigned=self.assigned | {one for one in other.assigned if key(one) not in known},
            problems=self.problems + other.problems,
            left_out=max(self.left_out, other.left_out),
        )

    def heir(self, one: Securable) -> str:
        """Who should own it: the owner of what it is in."""
        above = {"table": "schema", "schema": "catalog"}.get(one.kind)
        if above:
            return self.get(above, one.name.rpartition(".")[0]).owner or "<owner>"
        metastores = [each.owner for (kind, _), each in self.securables.items() if kind ==
                      "metastore"]  # fmt: skip
        return (metastores or ["<owner>"])[0]


def look(client: Client, names: Collection[str], *, only: str = "") -> Found:
    """What is visible to a sign-in, and what these principals hold there.

    Args:
        only: the one principal to ask for, where the others' privileges may not be seen.
    """
    found = Found()
    _walk(client, found)
    _metastore(client, found, only)
    for one in found.securables.values():
        if one.owner in names:
            found.assigned.add(Assigned(one.owner, "OWNER", one))
        client.step(f"effective permissions on {one.words()}")
        for principal, privilege, at in _effective(client, one, found, only):
            if principal in names:
                found.assigned.add(Assigned(principal, privilege, at))
    return found


def _walk(client: Client, found: Found) -> None:
    api = client.api
    client.step("listing catalogs")
    for catalog in api.catalogs.list(include_browse=True):
        name = str(catalog.name)
        if name == unity.SAMPLES or name.startswith(unity.INTERNAL):
            continue
        found.add(Securable("catalog", name, catalog.owner or ""))
        client.step(f"listing the schemas of {name}")
        for schema in _each(found, name, api.schemas.list(name, include_browse=True)):
            if schema.name == "information_schema":
                continue
            place = f"{name}.{schema.name}"
            found.add(Securable("schema", place, schema.owner or ""))
            client.step(f"listing the tables of {place}")
            listed = api.tables.list(
                name,
                str(schema.name),
                include_browse=True,
                omit_columns=True,
                omit_properties=True,
            )
            tables = list(_each(found, place, listed))
            found.left_out += max(len(tables) - MOST_TABLES, 0)
            for table in tables[:MOST_TABLES]:
                full, is_view = f"{place}.{table.name}", "VIEW" in str(table.table_type)
                found.add(Securable("table", full, table.owner or "", is_view))


def _metastore(client: Client, found: Found, only: str) -> None:
    try:
        summary = client.api.metastores.summary()
    except DatabricksError as error:
        if not only:  # to a service account it is not shown
            found.problems.append(f"effective permissions on METASTORE: {error}")
        return
    found.add(Securable("metastore", str(summary.metastore_id), summary.owner or ""))


def _each(found: Found, place: str, listed: Iterable[Each]) -> Iterator[Each]:
    """A list that may be refused half way, which leaves a gap and no error."""
    try:
        yield from listed
    except NotFound:
        return  # gone since it was listed
    except PermissionDenied as error:
        found.problems.append(f"what is in {place}: {error}")


def _effective(
    client: Client, one: Securable, found: Found, only: str
) -> Iterator[tuple[str, str, Securable]]:
    token: str | None = None
    while True:
        try:
            page = client.api.grants.get_effective(
                one.kind, one.name, max_results=0, page_token=token, principal=only or None
            )
        except DatabricksError as error:
            if one.kind != "metastore" or not only:
                found.problems.append(f"effective permissions on {one.words()}: {error}")
            return
        for each in page.privilege_assignments or []:
            for held in each.privileges or []:
                at = one
                if held.inherited_from_name:
                    kind = str(held.inherited_from_type and held.inherited_from_type.value).lower()
                    at = found.get(kind, held.inherited_from_name)
                if each.principal and held.privilege:
                    yield each.principal, held.privilege.value, at
        token = page.next_page_token
        if not token:
            return


@dataclass(frozen=True, kw_only=True)
class Declared:
    principal: str
    """The application id."""
    privileges: Mapping[str, tuple[str, ...]]
    """By the securable's full name."""

    def allows(self, one: Assigned) -> bool:
        wanted = {name.lower(): granted for name, granted in self.privileges.items()}
        return one.privilege in wanted.get(one.on.name.lower(), ())

    def covers(self, table: str) -> bool:
        """Whether it may be read: its schema is, or it is listed itself."""
        readable = {name.lower() for name, held in self.privileges.items() if "SELECT" in held}
        name = table.lower()
        return name in readable or name.rpartition(".")[0] in readable


def compare(declared: Declared, found: Found, by: str) -> Iterator[Line]:
    own = [one for one in found.assigned if one.principal == declared.principal]
    order = sorted(own, key=lambda one: (one.on.name, one.privilege))
    for one in order:
        if not declared.allows(one):
            yield _line("extra", one, by, revoke(one, found))
    known = {(one.on.name.lower(), one.privilege) for one in own}
    for name, privileges in declared.privileges.items():
        for privilege in privileges:
            if (name.lower(), privilege) not in known:
                what = f"{privilege} ON {name}"
                yield Line(
                    verdict="lack", what=what, shown="effective permissions", by=by, fix=REFRESH
                )
    count = sum(declared.allows(one) for one in own)
    yield Line(
        verdict="ok",
        what=f"{count} privileges in Unity Catalog are declared",
        shown="effective permissions",
        by=by,
    )
    for one in sorted(found.assigned, key=lambda one: (one.on.name, one.privilege)):
        if one.principal == ACCOUNT_USERS:
            harmless = one.is_everybodys_anyway or one.privilege in unity.WAY
            verdict: Verdict = "note" if harmless else "extra"
            yield _line(verdict, one, by, revoke(one, found), through=ACCOUNT_USERS)
    for problem in dict.fromkeys(found.problems):
        yield Line(verdict="unseen", what=problem, shown="effective permissions", by=by)
    if found.left_out:
        what = f"{found.left_out} tables beyond {MOST_TABLES} of a schema were not looked at singly"
        yield Line(verdict="note", what=what, shown="effective permissions", by=by)


def _line(verdict: Verdict, one: Assigned, by: str, fix: str, through: str = "") -> Line:
    return Line(
        verdict=verdict,
        what=f"{one.privilege} ON {one.on.words()}",
        shown="effective permissions",
        by=by,
        through=through,
        fix=fix,
    )


def revoke(one: Assigned, found: Found) -> str:
    if one.privilege == "OWNER":
        return f"ALTER {one.on.sql()} OWNER TO `{found.heir(one.on)}`;"
    privilege = one.privilege.replace("_", " ")
    return f"REVOKE {privilege} ON {one.on.sql()} FROM `{one.principal}`;"


def brings(found: Found, group: str) -> str:
    """What comes with a group, counted."""
    held = [one for one in found.assigned if one.principal == group]
    count = Counter(f"{one.privilege} ON {one.on.kind.upper()}" for one in held)
    words = [f"{text} ({number})" if number > 1 else text for text, number in count.most_common(4)]
    return ", ".join(words) or "nothing that was seen in Unity Catalog"
