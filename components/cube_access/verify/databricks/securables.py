"""Unity Catalog: what the service account holds, itself or through a group, compared with what is
declared.

A privilege is told once, where it was granted, however far it is inherited. What there is, and who
holds what on it, is `walk.py`'s to find.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from cube_access.facts import unity
from cube_access.facts.principals import ACCOUNT_USERS
from cube_access.verify.databricks.client import identifier, quoted
from cube_access.verify.findings import REFRESH, Line, Verdict
from cube_access.verify.looks import line

READS = {"ALL_PRIVILEGES", "OWNER", "SELECT"}
METASTORE = "metastore-privileges"
"""By which a team accepts that its deployer does not see them: an administrator's of it does."""
OF_THE_METASTORE = "effective permissions on METASTORE: "
KINDS = ("catalog", "schema")
OWNED = ("share", "recipient", "provider")
"""Of Delta Sharing: an owner is all that they have of the account's own principals."""
WORDS = {"credential": "SERVICE CREDENTIAL"}
"""What SQL calls a kind, where it is not its name."""
IN_A_CATALOG = (*KINDS, "table", "volume", "function")
SHOWN: Literal["effective permissions"] = "effective permissions"


@dataclass(frozen=True)
class Securable:
    kind: str
    """As the API calls it, such as metastore, catalog, table or external_location."""
    name: str
    owner: str
    is_view: bool = False
    reads: tuple[str, ...] | None = None
    """The tables, functions and what else a view is made of; None if Databricks does not say. A
    function has its brackets behind it: none is declared."""

    def words(self) -> str:
        return self._named(self.name)

    def sql(self) -> str:
        # What is in no catalog may have a dot in its name.
        in_a_catalog = self.kind in IN_A_CATALOG
        return self._named(quoted(self.name) if in_a_catalog else identifier(self.name))

    def _named(self, name: str) -> str:
        kind = WORDS.get(self.kind, self.kind.upper().replace("_", " "))
        return kind if self.kind == "metastore" else f"{kind} {name}"


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
    unasked: set[str] = field(default_factory=set)
    """Names of securables whose privileges were not shown, or not all of them."""

    def add(self, one: Securable) -> None:
        self.securables[one.kind, one.name.lower()] = one

    def get(self, kind: str, name: str) -> Securable:
        return self.securables.get((kind, name.lower())) or Securable(kind, name, "")

    def tables(self) -> list[Securable]:
        return [one for one in self.securables.values() if one.kind == "table"]

    def hides(self, name: str) -> bool:
        """Whether what is held on a securable may be in what was not shown."""
        inside = [one for one in self.securables.values() if one.kind in IN_A_CATALOG]
        listed = any(one.name.lower() == name.lower() for one in inside)
        return name.lower() in self.unasked or (not listed and bool(self.problems))

    def explains_reading(self, table: Securable) -> bool:
        """Whether a privilege that has its line already lets it be read."""
        parts = table.name.lower().split(".")
        places = {".".join(parts[:depth]) for depth in (1, 2, 3)}
        inside = [one for one in self.assigned if one.on.kind in IN_A_CATALOG]
        return any(one.on.name.lower() in places and one.privilege in READS for one in inside)

    def with_what_only(self, other: Found) -> Found:
        """And what another sign-in saw, where this one saw nothing of it."""

        def key(one: Assigned) -> tuple[str, ...]:
            return one.principal, one.privilege, one.on.kind, one.on.name.lower()

        known = {key(one) for one in self.assigned}
        return Found(
            securables={**other.securables, **self.securables},
            assigned=self.assigned | {one for one in other.assigned if key(one) not in known},
            problems=self.problems + other.problems,
            unasked=self.unasked & other.unasked,
        )

    def heir(self, one: Securable) -> str:
        """Who should own it: the next one above who is another, and may do all there already. Empty
        if that is not to be seen.
        """
        parts = one.name.split(".") if one.kind in IN_A_CATALOG else []
        above = [self.get(KINDS[depth - 1], ".".join(parts[:depth])).owner for depth in
                 range(len(parts) - 1, 0, -1)]  # fmt: skip
        above += [each.owner for each in self.securables.values() if each.kind == "metastore"]
        return next((each for each in above if each not in ("", unity.NO_OWNER, one.owner)), "")


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
            # What was not shown may be there; its problem has a line below.
            if (name.lower(), privilege) not in known and not found.hides(name):
                yield line("lack", f"{privilege} ON {name}", by, REFRESH, shown=SHOWN)
    count = sum(declared.allows(one) for one in own)
    yield line("ok", f"{count} privileges in Unity Catalog are declared", by, shown=SHOWN)
    for one in sorted(found.assigned, key=lambda one: (one.on.name, one.privilege)):
        if one.principal == ACCOUNT_USERS:
            harmless = one.is_everybodys_anyway or one.privilege in unity.WAY
            verdict: Verdict = "note" if harmless else "extra"
            yield _line(verdict, one, by, revoke(one, found), through=ACCOUNT_USERS)
    for problem in dict.fromkeys(found.problems):
        name = METASTORE if problem.startswith(OF_THE_METASTORE) else ""
        yield line("unseen", problem, by, shown=SHOWN, name=name)


def views(declared: Declared, found: Found, by: str) -> Iterator[Line]:
    """What views in readable schemas are made of: they read with their owner's rights, and how much
    of it they show was not seen.
    """
    untold: dict[str, list[str]] = {}
    for one in sorted(found.tables(), key=lambda one: one.name):
        if not one.is_view or not declared.covers(one.name):
            continue
        if one.reads is None:
            untold.setdefault(one.name.rpartition(".")[0], []).append(one.name)
        elif undeclared := [
            name for name in one.reads if name.endswith("()") or not declared.covers(name)
        ]:
            what = (
                f"view {one.name} of {one.owner} gives, with its owner's rights, what it reads in "
                f"{', '.join(undeclared)}, which is not declared"
            )
            yield line("unseen", what, by, shown=SHOWN, name=one.name)
    for schema, names in untold.items():
        shown = f"what view {names[0]} shows was not seen: Databricks does not say what it reads"
        if len(names) > 1:
            some = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
            shown = (
                f"what {len(names)} views of {schema} show was not seen: Databricks does not say "
                f"what they read ({some})"
            )
        name = names[0] if len(names) == 1 else schema
        yield line("unseen", shown, by, shown=SHOWN, name=name)


def _line(verdict: Verdict, one: Assigned, by: str, fix: str, through: str = "") -> Line:
    what = f"{one.privilege} ON {one.on.words()}"
    if one.on.kind == "share":
        what += "; its recipients lose what its next owner has no SELECT on"
    elif verdict == "extra" and not fix:
        what += "; who should own it is the deployer's to see (--deployer)"
    return line(verdict, what, by, fix, through=through, shown=SHOWN)


def revoke(one: Assigned, found: Found) -> str:
    if one.on.kind == "share":
        return ""  # the one who may own it is to be chosen first
    if one.privilege == "OWNER":
        heir = found.heir(one.on)
        return f"ALTER {_altered(one.on)} OWNER TO {identifier(heir)};" if heir else ""
    privilege = one.privilege.replace("_", " ")
    return f"REVOKE {privilege} ON {one.on.sql()} FROM {identifier(one.principal)};"


def _altered(one: Securable) -> str:
    """A view is a table to GRANT and REVOKE, and not to ALTER.

    https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-ddl-alter-view
    """
    return one.sql().replace("TABLE ", "VIEW ", 1) if one.is_view else one.sql()


def held_by(found: Found, group: str) -> list[str]:
    """What comes with a group, counted; the most frequent first."""
    held = [one for one in found.assigned if one.principal == group]
    count = Counter(f"{one.privilege} ON {one.on.kind.upper()}" for one in held)
    return [f"{text} ({number})" if number > 1 else text for text, number in count.most_common(4)]
