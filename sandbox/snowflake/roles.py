"""Roles: who is in which, what a session may do with them, and every grant and revoke.

Owns the rules of privileges. It does not parse GRANT and REVOKE (`grants.py`).
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sandbox.snowflake.securables import Securable

if TYPE_CHECKING:
    from sandbox.snowflake.catalog import Catalog
    from sandbox.snowflake.users import User

ROLE_KINDS = ("ROLE", "DATABASE ROLE")


class Roles:
    def __init__(self, catalog: "Catalog") -> None:
        self._catalog = catalog

    def get(self, name: str) -> Securable | None:
        """An account role, by exact name."""
        return self._catalog.find("ROLE", (name,))

    def granted_to(self, who: Securable) -> list[Securable]:
        """Directly, PUBLIC left out."""
        return [
            role
            for kind in ROLE_KINDS
            for role in self._catalog.of_kind(kind)
            if any(g.to is who and g.privilege == "USAGE" for g in role.grants)
        ]

    def below(self, start: Iterable[Securable]) -> list[Securable]:
        """These roles and every role they inherit from, PUBLIC included."""
        public = self.get("PUBLIC")
        found = list(start) + ([public] if public else [])
        for role in found:
            found += [r for r in self.granted_to(role) if r not in found]
        return list(dict.fromkeys(found))

    def may_use(self, user: "User", name: str) -> bool:
        """Whether a session of this user's can have this role: directly or by inheritance."""
        role = self.get(name)
        return role is not None and role in self.below(self.granted_to(user))
