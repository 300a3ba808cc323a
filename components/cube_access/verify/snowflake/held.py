"""What roles hold, as SHOW GRANTS tells it.

Owns the reading of its rows and the walk through roles in roles. What ought to be held is
`compare.py`'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from threading import Lock

from snowflake.connector.errors import ProgrammingError

from cube_access.facts import principals
from cube_access.facts.identifiers import plain, quoted
from cube_access.facts.securables import CALLED, plural
from cube_access.facts.snowflake_errors import is_refusal
from cube_access.snowflake.holdings import MOST_ROWS, entry_of, exact
from cube_access.snowflake.lookup import IMPORTED_KINDS, like
from cube_access.snowflake.privileges import ACCOUNT_ROLE, signature
from cube_access.verify.snowflake.session import Row, Session
from cube_access.verify.snowflake.sessions import Sessions

Name = tuple[str, ...]
ROLE_KINDS = ("ROLE", "DATABASE_ROLE")
MOST_ROLES = 100
"""Of an administrator's closure; what is beyond changes no verdict."""


@dataclass(frozen=True)
class Role:
    kind: str
    """ROLE, DATABASE_ROLE, or USER for what a user holds itself."""
    name: Name

    def words(self) -> str:
        return f"{self.kind.replace('_', ' ').lower()} {plain(*self.name)}"

    def sql(self) -> str:
        return f"{self.kind.replace('_', ' ')} {quoted(*self.name)}"


PUBLIC = Role("ROLE", (principals.PUBLIC,))


@dataclass(frozen=True)
class Held:
    """One row: a privilege on a securable, or on what will be made in a place."""

    privilege: str
    kind: str
    """TABLE, DATABASE_ROLE, …: in the singular, words joined by underscores."""
    name: Name
    """Of the securable, or of the place of a future grant."""
    role: Role
    option: bool = False
    future: bool = False
    inherited: bool = False
    """Granted on all that is or will be in a place."""

    def words(self) -> str:
        if self.kind == "ACCOUNT":
            return f"{self.privilege} ON ACCOUNT"
        kind = self.kind.replace("_", " ")
        if self.future or self.inherited:
            which = "FUTURE" if self.future else "ALL AND FUTURE"
            return f"{self.privilege} ON {which} {plural(kind)} IN {plain(*self.name)}"
        return f"{self.privilege} ON {kind} {plain(*self.name)}"

    def sql(self) -> str:
        """What GRANT and REVOKE call it: from ON to before TO."""
        kind = self.kind.replace("_", " ")
        if self.kind == "ACCOUNT":
            return "ON ACCOUNT"
        if self.future or self.inherited:
            which = "FUTURE" if self.future else "ALL"
            place = "DATABASE" if len(self.name) == 1 else "SCHEMA"
            return f"ON {which} {plural(kind)} IN {place} {quoted(*self.name)}"
        return f"ON {kind} {signature(self.name) if kind in CALLED else quoted(*self.name)}"

    def grant(self) -> str:
        """The statement that gives it."""
        if self.kind in ROLE_KINDS and self.privilege == "USAGE":
            return f"GRANT {Role(self.kind, self.name).sql()} TO {self.role.sql()};"
        inherited = "INHERITED " if self.inherited else ""
        return f"GRANT {inherited}{self.privilege} {self.sql()} TO {self.role.sql()};"

    def revoke(self) -> str:
        if self.kind == "APPLICATION_ROLE" and self.privilege == "USAGE":
            return f"REVOKE APPLICATION ROLE {quoted(*self.name)} FROM {self.role.sql()};"
        if self.inherited:
            return f"REVOKE INHERITED {self.privilege} {self.sql()} FROM {self.role.sql()};"
        if self.kind in ROLE_KINDS and self.privilege == "USAGE":
            return f"REVOKE {Role(self.kind, self.name).sql()} FROM {self.role.sql()};"
        passed_on = " CASCADE" if self.option else ""
        return f"REVOKE {self.privilege} {self.sql()} FROM {self.role.sql()}{passed_on};"


def read_row(row: Row, role: Role, *, future: bool = False) -> Held:
    """One row of SHOW GRANTS, or of SHOW FUTURE GRANTS."""
    one = entry_of(row, future=future)
    kind = one.kind.replace(" ", "_")
    return Held(one.privilege, kind, one.name, role, one.grant_option, future, one.inherited)


class Holdings:
    """What roles hold, asked for once each."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._asking = Lock()
        self._known: dict[Role, list[Held]] = {}
        self._imported: dict[Name, bool | None] = {}
        self.refused: dict[Role, ProgrammingError] = {}
        """Those that this sign-in may not look into."""
        self.cut_short: set[Role] = set()
        """Of which more may be held than was told."""

    def of(self, role: Role) -> list[Held]:
        """Directly, memberships and future grants included.

        Raises:
            ProgrammingError: this sign-in may not look into it.
        """
        self.learn([role])
        if role in self.refused:
            raise self.refused[role]
        return self._known[role]

    def learn(self, roles: Iterable[Role]) -> None:
        """Asks for those that are not known yet, several at once. A second look waits for it."""
        with self._asking:
            asked = self._known.keys() | self.refused.keys()
            new = [role for role in dict.fromkeys(roles) if role not in asked]
            for role, found in zip(new, self._sessions.each(self._ask, new), strict=True):
                if isinstance(found, ProgrammingError):
                    self.refused[role] = found
                else:
                    self._known[role] = found

    def _ask(self, session: Session, role: Role) -> list[Held] | ProgrammingError:
        try:
            rows = session.rows(f"SHOW GRANTS TO {role.sql()}")
            to_come = f"SHOW FUTURE GRANTS TO {role.sql()}"
            coming = session.rows(to_come) if role.kind in ROLE_KINDS else []
        except ProgrammingError as error:
            return error
        # To a user, the rows are its roles; and privileges, where those are granted to users.
        found = [read_row(row, role) for row in rows if row.get("privilege")]
        found += [
            Held("USAGE", "ROLE", exact(str(row["role"]), ACCOUNT_ROLE), role)
            for row in rows
            if row.get("role") and not row.get("privilege")
        ]
        found += [read_row(row, role, future=True) for row in coming]
        if max(len(rows), len(coming)) >= MOST_ROWS:
            self.cut_short.add(role)
        return found

    def seen(self, role: Role) -> list[Held]:
        """The same, and nothing of a role that this sign-in may not look into."""
        try:
            return self.of(role)
        except ProgrammingError as error:
            if not is_refusal(error):
                raise
            return []

    def is_imported(self, database: Name) -> bool | None:
        """Whether another account shares it; None: this sign-in does not see it."""
        if database not in self._imported:
            rows = self._sessions.rows(f"SHOW DATABASES LIKE {like(database[0])}")
            kinds = [row["kind"] for row in rows if row["name"] == database[0]]
            self._imported[database] = kinds[0] in IMPORTED_KINDS if kinds else None
        return self._imported[database]

    def members(self, role: Role) -> list[Role]:
        """The roles that this one has, directly."""
        held = self.seen(role)
        return [Role(h.kind, h.name) for h in held if is_membership(h)]

    def closure(self, start: Iterable[Role]) -> list[Role]:
        """These and every role that they inherit from."""
        found = list(dict.fromkeys(start))
        asked = 0
        for number, role in enumerate(found):
            if len(found) < MOST_ROLES:
                if number >= asked:  # all that were found by now, at once
                    self.learn(found)
                    asked = len(found)
                found += [each for each in self.members(role) if each not in found]
        return found

    def brings(self, role: Role) -> str:
        """What comes with a role, counted: the role's own affair, but one's reason to worry."""
        held = [h for each in self.closure([role]) for h in self.seen(each) if not is_membership(h)]
        count = Counter(h.words() if h.kind == "ACCOUNT" else on_kind(h) for h in held)
        most = [f"{words} ({number})" if number > 1 else words for words, number in
                count.most_common(4)]  # fmt: skip
        more = [f"{len(count) - 4} more kinds"] if len(count) > 4 else []
        hidden = [each.words() for each in self.closure([role]) if each in self.refused]
        unseen = [f"what {hidden[0]} holds, which was not seen"] if hidden else []
        return ", ".join([*most, *more, *unseen]) or "nothing"


def on_kind(h: Held) -> str:
    return f"{h.privilege} ON {'FUTURE ' if h.future else ''}{plural(h.kind.replace('_', ' '))}"


def is_membership(h: Held) -> bool:
    return h.kind in ROLE_KINDS and h.privilege == "USAGE" and not h.future


def grantees(looker: Sessions, role: Role) -> Sequence[Role]:
    """Who has this role, directly."""
    rows = looker.rows(f"SHOW GRANTS OF {role.sql()}")
    return [
        Role(kind, exact(str(row["grantee_name"]), kind.replace("_", " ")))
        for row in rows
        if (kind := str(row["granted_to"]).replace(" ", "_"))
    ]
