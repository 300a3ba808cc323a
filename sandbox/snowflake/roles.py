"""Roles: who is in which, and what a session may do with them.

Owns the rules of privileges: inheritance, ownership, and who may pass a privilege on.
"""

from collections.abc import Iterable

from sandbox.snowflake.catalog import RELATIONS, Catalog
from sandbox.snowflake.errors import denied, missing
from sandbox.snowflake.securables import SHARE, Grant, Inherited, Securable
from sandbox.snowflake.session import Session
from sandbox.snowflake.users import User

ROLE_KINDS = ("ROLE", "DATABASE ROLE")


class Roles:
    def __init__(self, catalog: Catalog, account: Securable) -> None:
        self._catalog, self._account = catalog, account

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

    def inherited(self, role: Securable) -> list[Securable]:
        """Itself and every role whose privileges it has."""
        found = [role]
        for one in found:
            found += [r for r in self.granted_to(one) if r not in found]
        return found

    def may_use(self, user: User, name: str) -> bool:
        """Whether a session of this user's can have this role: directly or by inheritance."""
        role = self.get(name)
        return role is not None and role in self.below(self.granted_to(user))

    # What a session may do

    def primary(self, session: Session) -> Securable:
        """What it creates belongs to this role."""
        role = self.get(session.role or "PUBLIC")
        if not role:
            raise missing("ROLE", session.role or "PUBLIC")
        return role

    def active(self, session: Session) -> list[Securable]:
        """The primary role, the secondary ones if they are on, and all that these inherit."""
        start = [self.primary(session)]
        if session.secondary_roles == "ALL":
            start += self.granted_to(session.user)
        return self.below(start)

    def grantees(self, session: Session) -> list[Securable]:
        """Whose privileges a session has: its roles', and the user's own if all secondary roles are
        on.

        https://docs.snowflake.com/en/release-notes/bcr-bundles/2025_02/bcr-1924
        """
        own = [session.user] if session.secondary_roles == "ALL" else []
        return [*self.active(session), *own]

    def holds(self, session: Session, privilege: str, on: Securable) -> bool:
        """By grant, or as the owner, who can do everything."""
        return self.owns(session, on) or self._granted(self.grantees(session), privilege, on)

    def _granted(self, to: list[Securable], privilege: str, on: Securable) -> bool:
        held: list[Grant | Inherited] = [*on.grants, *self._catalog.inherited(on)]
        if privilege in ("USAGE", "SELECT") and on.kind in ("SCHEMA", *RELATIONS):
            # Who has a database that another account shares, reads all of it.
            database = self._catalog.find("DATABASE", on.name[:1])
            if database and database.text(SHARE):
                held, privilege = list(database.grants), "USAGE"
        return any(each.privilege == privilege and each.to in to for each in held)

    def owns(self, session: Session, on: Securable) -> bool:
        return on.owner in self.active(session)

    def global_privilege(self, session: Session, privilege: str) -> bool:
        return self._granted(self.grantees(session), privilege, self._account)

    def sees(self, session: Session, one: Securable) -> bool:
        """With any privilege on it; MANAGE GRANTS sees everything."""
        if self.global_privilege(session, "MANAGE GRANTS") or self.owns(session, one):
            return True
        grantees = self.grantees(session)
        if self._granted(grantees, "USAGE", one):
            return True
        held: list[Grant | Inherited] = [*one.grants, *self._catalog.inherited(one)]
        return one.kind in ("ROLE", "USER") or any(each.to in grantees for each in held)

    def reaches(self, session: Session, one: Securable) -> bool:
        """Through USAGE, or at least sight, of what it is in."""
        above = self._catalog.parent(one)
        if not above:
            return True
        inside = self.holds(session, "USAGE", above) or (
            self.global_privilege(session, "MANAGE GRANTS")
        )
        return inside and self.reaches(session, above)

    def get_visible(self, session: Session, kind: str, name: tuple[str, ...]) -> Securable:
        """What one may not see does not exist."""
        one = self._catalog.get(kind, name)
        if not self.sees(session, one) or not self.reaches(session, one):
            raise missing(kind, str(one))
        return one

    def require(self, session: Session, privilege: str, on: Securable) -> None:
        if not self.holds(session, privilege, on):
            raise denied(on.kind, str(on))

    def require_owner(self, session: Session, on: Securable) -> None:
        if not self.owns(session, on):
            raise denied(on.kind, str(on))

    def require_creator(self, session: Session, privilege: str, place: Securable) -> None:
        """Creating needs the privilege in the primary role, whatever the secondary ones have."""
        roles = self.below([self.primary(session)])
        if place.owner not in roles and not self._granted(roles, privilege, place):
            raise denied(place.kind, str(place))

    def grantor(self, session: Session, privilege: str, on: Securable) -> str | None:
        """In whose name the session can pass this on; None if it cannot."""
        owner = on.owner.simple_name if on.owner else "ACCOUNTADMIN" if on.kind == "ACCOUNT" else ""
        managed = self._managed(on)
        if self.global_privilege(session, "MANAGE GRANTS"):
            return owner
        if managed:
            return owner if managed.owner in self.active(session) else None
        if self.owns(session, on):
            return owner
        roles = self.active(session)
        passing = (g for g in on.grants if g.option and g.privilege == privilege and g.to in roles)
        return next((g.to.simple_name for g in passing), None)

    def _managed(self, on: Securable) -> Securable | None:
        """The schema with managed access it is in, if it is."""
        above = self._catalog.parent(on) if len(on.name) == 3 else None
        return above if above and above.flag("MANAGED ACCESS") else None


def add_grant(on: Securable, new: Grant) -> None:
    """A privilege is held once from one grantor; granting it again can only add the option."""
    for known in on.grants:
        if (known.privilege, known.to, known.by) == (new.privilege, new.to, new.by):
            known.option = known.option or new.option
            return
    on.grants.append(new)
