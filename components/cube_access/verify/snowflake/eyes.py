"""Who looks, and which role ought to own what `pulumi up` made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from snowflake.connector.errors import ProgrammingError

from cube_access.facts.principals import SECURITYADMIN
from cube_access.settings import SnowflakeSettings
from cube_access.verify.findings import Line, Shown
from cube_access.verify.looks import Look, told
from cube_access.verify.snowflake.session import Row, Session, reason
from cube_access.verify.snowflake.sessions import Sessions


@dataclass(frozen=True)
class Owners:
    """The role of each of the deployer's tasks, which owns what that task makes."""

    users: str
    security: str
    """It grants, with MANAGE GRANTS: there is nothing that it could not give to itself."""
    integrations: str
    warehouses: str
    has_policy: bool
    """Whether the user has a network policy, which takes one owner for both."""
    sure: bool = True
    """Whether it is known; else it is who looks, or SECURITYADMIN."""

    def of(self, kind: str) -> str:
        """The role that owns, or is to be given, an object of this kind.

        Of what the stack did not make nobody can tell the owner before: the role that grants gains
        nothing by it.
        """
        return {
            "USER": self.security if self.has_policy else self.users,
            "ROLE": self.users,
            "INTEGRATION": self.integrations,
            "WAREHOUSE": self.warehouses,
            "DATABASE_ROLE": self.warehouses,
        }.get(kind, self.security)

    def heir(self, kind: str) -> str:
        """To whom an object is given that the service account was made the owner of."""
        return self.of(kind) if self.sure else SECURITYADMIN


def owners(settings: SnowflakeSettings, looker: str) -> Owners:
    """As `up` makes them.

    Args:
        looker: the role that the deployer looks in; empty: no deployer looks.
    """
    has_policy = bool(settings.allowed_cidrs)
    if settings.deployer_role == "sign-in":
        one = looker or SECURITYADMIN
        return Owners(one, one, one, one, has_policy, sure=False)
    return Owners(
        settings.user_admin_role,
        settings.grant_admin_role,
        settings.integration_role,
        settings.warehouse_admin_role,
        has_policy,
    )


@dataclass(frozen=True)
class Eyes:
    """The deployer's, in two of its roles."""

    security: Sessions
    integrations: Sessions
    by: str

    def rows(self, statement: str) -> list[Row]:
        return self.security.rows(statement)


def rows(session: Session, statement: str) -> list[Row]:
    return session.rows(statement)


def seen(
    what: str, by: str, look: Look, *, shown: Shown = "grants", name: str = ""
) -> Iterator[Line]:
    """A look that this sign-in may not take is one line, not the end.

    Args:
        what: is looked at, in words.
        name: by which it can be accepted that it was not seen.
    """
    yield from told(what, by, look, (ProgrammingError,), reason, shown=shown, name=name)
