# A copy, by `make docs`, of cube-access's own
# components/cube_access/snowflake/privileges.py: change it there.

"""One privilege of a role, as the text that SQL writes between GRANT and TO, and its statements.

The text is the privilege's name everywhere: in a preview, in the state, in the report. It is the
canonical one of the privilege: upper-case words, one space between them, names in double quotes.

    SELECT ON ALL AND FUTURE TABLES IN SCHEMA "SALES"."MART"

Pure: it knows no engine and no session, and the policy pack has a copy of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from .identifiers import QUOTED, quoted, unquoted
from .securables import CALLED, READABLE, plural, singular

GRANTED = "granted"
"""What a wanted privilege is."""
NOT_DECLARED = "not declared"
"""What a privilege is that the role holds and that is not wanted."""
LACKS = "lacks"
"""How the text begins that says what a privilege is not granted on."""

ACCOUNT_ROLE, DATABASE_ROLE, APPLICATION_ROLE = "ROLE", "DATABASE ROLE", "APPLICATION ROLE"
ROLES = (ACCOUNT_ROLE, DATABASE_ROLE, APPLICATION_ROLE)
"""Kinds of which USAGE is a membership, for which SQL has words of its own."""
ALL_AND_FUTURE, ALL, FUTURE = "ALL AND FUTURE", "ALL", "FUTURE"
IMPORTED = "IMPORTED PRIVILEGES"
OPTION = "WITH GRANT OPTION"

_WORDS = r"[A-Z_]+(?: [A-Z_]+)*?"
_ENTRY = re.compile(
    rf"(?P<inherited>INHERITED )?(?P<privilege>{_WORDS}) ON "
    rf"(?:(?P<reach>ALL AND FUTURE|ALL|FUTURE) )?(?P<kind>{_WORDS})"
    r"(?: IN (?P<container>ACCOUNT|DATABASE|SCHEMA))?"
    rf"(?: (?P<name>{QUOTED}(?:\.{QUOTED})*))?(?P<option> {OPTION})?"
)
_CONTAINERS = ("ACCOUNT", "DATABASE", "SCHEMA")


@dataclass(frozen=True, order=True)
class Entry:
    """A privilege on one securable, or on all of a kind in a container."""

    privilege: str
    """Upper case, as SQL writes it."""
    kind: str
    """Of the securable, or of those in the container: singular, TABLE, DATABASE ROLE, …"""
    name: tuple[str, ...] = ()
    """The exact parts of the securable's name, or of the container's; none: the account."""
    reach: str = ""
    """ALL AND FUTURE, ALL or FUTURE securables in the container; empty: one securable."""
    inherited: bool = False
    """A privilege on the container that reaches what is in it at any time (public preview)."""
    grant_option: bool = False

    @property
    def text(self) -> str:
        """The canonical text."""
        words = ["INHERITED"] if self.inherited else []
        words += [self.privilege, "ON"]
        if self.reach:
            words += [self.reach, plural(self.kind), "IN", _CONTAINERS[len(self.name)]]
        else:
            words.append(self.kind)
        if self.name:
            words.append(quoted(*self.name))
        return " ".join([*words, OPTION] if self.grant_option else words)

    @classmethod
    def of(cls, text: str) -> Entry:
        """The entry of a canonical text.

        Raises:
            ValueError: it is not one.
        """
        found = _ENTRY.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is not a privilege")
        kind, container = found["kind"], found["container"]
        entry = cls(
            privilege=found["privilege"],
            kind=singular(kind) if container else kind,
            name=unquoted(found["name"] or ""),
            reach=found["reach"] or "",
            inherited=bool(found["inherited"]),
            grant_option=bool(found["option"]),
        )
        if entry.text != text:
            raise ValueError(f"{text!r} is not a privilege")
        return entry

    def problem(self) -> str:
        """Why it may not be wanted; empty if it may. Nothing but reading can be wanted."""
        if self.grant_option:
            return "a role of ours never passes its privileges on"
        shape = (self.privilege, self.kind, self.reach, len(self.name))
        if self.inherited:
            right = self.reach == ALL and self.name and self._reads()
        elif self.reach:
            right = self.reach == ALL_AND_FUTURE and self.name and self._reads()
        elif self.privilege == "SELECT":
            right = self.kind in READABLE and len(self.name) == 3
        else:
            right = shape in (
                ("USAGE", "DATABASE", "", 1),
                ("USAGE", "SCHEMA", "", 2),
                ("USAGE", "WAREHOUSE", "", 1),
                ("USAGE", DATABASE_ROLE, "", 2),
                (IMPORTED, "DATABASE", "", 1),
            )
        return "" if right else "it is more than reading takes: USAGE, SELECT, IMPORTED PRIVILEGES"

    def _reads(self) -> bool:
        """Whether a privilege in a container is one that reading takes."""
        if self.kind == "SCHEMA":
            return self.privilege == "USAGE" and len(self.name) == 1
        return self.privilege == "SELECT" and self.kind in READABLE and len(self.name) < 3

    def declarable(self) -> bool:
        """Whether it may be wanted."""
        return not self.problem()

    @property
    def bare(self) -> Entry:
        """The same without the right to pass it on."""
        return replace(self, grant_option=False)

    def parts(self) -> tuple[Entry, ...]:
        """What one statement each grants: ALL AND FUTURE takes two."""
        if self.reach != ALL_AND_FUTURE:
            return (self,)
        return replace(self, reach=ALL), replace(self, reach=FUTURE)

    def grants(self, grantee: str) -> list[str]:
        """The statements that grant it.

        Args:
            grantee: as `grantee` gives it.
        """
        return [f"GRANT {each.sql()} TO {grantee}" for each in self.parts()]

    def revokes(self, grantee: str) -> list[str]:
        """The statements that revoke it."""
        return [f"REVOKE {each.sql()} FROM {grantee}" for each in self.parts()]

    def revoke_option(self, grantee: str) -> str:
        """The statement that leaves the privilege and takes only the right to pass it on."""
        return f"REVOKE GRANT OPTION FOR {self.bare.sql()} FROM {grantee}"

    def sql(self) -> str:
        """What stands between GRANT and TO. A membership is no privilege in SQL."""
        if self.privilege == "USAGE" and self.kind in ROLES:
            return f"{self.kind} {quoted(*self.name)}"
        if self.kind in CALLED and not self.reach:
            return f"{self.privilege} ON {self.kind} {signature(self.name)}"
        return self.bare.text


def grantee(role: str, role_kind: str) -> str:
    """The role as a statement has it after TO.

    Args:
        role: an account role's exact name, or a database role as "DB"."ROLE".
    """
    return f"{role_kind} {role if role_kind == DATABASE_ROLE else quoted(role)}"


def granted(*entries: Entry) -> Mapping[str, str]:
    """The input `privileges` of these."""
    return {each.text: GRANTED for each in sorted(entries)}


def signature(name: tuple[str, ...]) -> str:
    """Of a function: SHOW GRANTS names it F(X NUMBER, Y VARCHAR):NUMBER, a statement
    "F"(NUMBER, VARCHAR).
    """
    bare, _, rest = name[-1].partition("(")
    arguments = re.split(r",(?![^(]*\))", rest.rpartition(")")[0])
    types = ", ".join(each.split()[-1] for each in arguments if each.strip())
    return f"{quoted(*name[:-1], bare)}({types})"
