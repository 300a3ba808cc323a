"""What the service account may read. USAGE and SELECT only: nothing else can be expressed here, and
no setting reaches more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_snowflake as snowflake

from cube_access.facts.identifiers import plain, quoted, unquoted
from cube_access.facts.securables import singular
from cube_access.settings import SnowflakeSettings
from cube_access.settings.snowflake_reading import OBJECT_KINDS
from cube_access.snowflake.privileges import (
    ACCOUNT_ROLE,
    ALL,
    ALL_AND_FUTURE,
    DATABASE_ROLE,
    IMPORTED,
    Entry,
    grantee,
)

Name = tuple[str, ...]
USAGE, SELECT = "USAGE", "SELECT"
USES_WAREHOUSE = "USAGE ON WAREHOUSE"
"""The service account's privilege on the warehouse, as a person reads it."""


@dataclass(frozen=True)
class Reading:
    """What reading takes, by the names of the securables."""

    databases: Sequence[Name] = ()
    """USAGE only."""
    schemas: Sequence[Name] = ()
    """USAGE only."""
    whole_schemas: Sequence[Name] = ()
    """SELECT on the present and future objects of these."""
    whole_databases: Sequence[Name] = ()
    """The same, and USAGE on their present and future schemas."""
    objects: Sequence[Name] = ()
    """SELECT on a single table or view."""
    imported: Sequence[Name] = ()
    """Databases that another account shares: all that is in them, of any kind."""
    kinds: Sequence[str] = ()
    """Of objects, in the plural: TABLES, VIEWS, …"""
    inherited: bool = False
    """One grant on what contains them reaches present and future objects, instead of one on each of
    those that are there and one on those to come.
    """

    def lines(self) -> list[str]:
        """The privileges as sentences for a person, sorted."""
        some = [f"USAGE ON DATABASE {plain(*name)}" for name in self.databases]
        some += [f"{IMPORTED} ON DATABASE {plain(*name)}" for name in self.imported]
        some += [f"USAGE ON SCHEMA {plain(*name)}" for name in self.schemas]
        some += [
            f"USAGE ON ALL AND FUTURE SCHEMAS IN {plain(*name)}" for name in self.whole_databases
        ]
        some += [f"SELECT ON {plain(*name)}" for name in self.objects]
        some += [
            f"SELECT ON ALL AND FUTURE {kind} IN {plain(*name)}"
            for name in (*self.whole_databases, *self.whole_schemas)
            for kind in self.kinds
        ]
        return sorted(some)

    def on_databases(self) -> list[Entry]:
        """The privileges on the databases themselves, which stay with the account role."""
        own = [Entry(USAGE, "DATABASE", name) for name in self.databases]
        return own + [Entry(IMPORTED, "DATABASE", name) for name in self.imported]

    def inside(self, object_types: Mapping[str, str]) -> list[Entry]:
        """The privileges inside the databases, which one role holds.

        Args:
            object_types: TABLE, VIEW, … for each of `objects`, by its plain name.
        """
        found = [Entry(USAGE, "SCHEMA", name) for name in self.schemas]
        found += [self._all(USAGE, "SCHEMA", name) for name in self.whole_databases]
        found += [
            self._all(SELECT, singular(kind), name)
            for name in (*self.whole_databases, *self.whole_schemas)
            for kind in self.kinds
        ]
        return found + [Entry(SELECT, object_types[plain(*name)], name) for name in self.objects]

    def _all(self, privilege: str, kind: str, place: Name) -> Entry:
        """On what is and what will be in a place."""
        reach = ALL if self.inherited else ALL_AND_FUTURE
        return Entry(privilege, kind, place, reach, inherited=self.inherited)


def use(warehouse: str) -> Entry:
    """USAGE on the warehouse, which starts it and runs queries; not OPERATE, not MONITOR."""
    return Entry(USAGE, "WAREHOUSE", (warehouse,))


def membership(database_role: str) -> Entry:
    """Being in a database role, named as "DB"."ROLE"."""
    return Entry(USAGE, DATABASE_ROLE, unquoted(database_role))


def reading(
    scopes: Sequence[Name],
    kinds: Sequence[str],
    *,
    inherited: bool = False,
    imported: Sequence[str] = (),
) -> Reading:
    """What reading these databases, schemas and tables takes; each scope is told by its number of
    parts.

    Args:
        imported: databases that another account shares.
    """
    return Reading(
        databases=sorted({scope[:1] for scope in scopes}),
        schemas=sorted({scope[:2] for scope in scopes if len(scope) > 1}),
        whole_schemas=sorted(scope for scope in scopes if len(scope) == 2),
        whole_databases=sorted(scope for scope in scopes if len(scope) == 1),
        objects=sorted(scope for scope in scopes if len(scope) == 3),
        imported=sorted((database,) for database in imported),
        kinds=tuple(kinds),
        inherited=inherited,
    )


def meant(settings: SnowflakeSettings) -> Reading:
    """What reading by these settings takes."""
    return reading(
        settings.scopes,
        [OBJECT_KINDS[kind] for kind in settings.object_kinds],
        inherited=settings.inherited_grants,
        imported=settings.imported_databases,
    )


def readers(settings: SnowflakeSettings) -> list[str]:
    """Our roles that read, or did before `grantTo` was changed, as statements name them; the one
    that reads now comes first.
    """
    name = settings.object_name
    inside = sorted({scope[0] for scope in settings.scopes})
    found = [grantee(quoted(database, name), DATABASE_ROLE) for database in inside]
    found.append(grantee(name, ACCOUNT_ROLE))
    return found if settings.grant_to == "database-role" else found[::-1]


def database_role(
    name: str,
    base: pulumi.Input[str],
    database: str,
    *,
    database_admin: snowflake.Provider,
    parent: pulumi.Resource,
) -> tuple[snowflake.DatabaseRole, pulumi.Output[str]]:
    """A database role of our own, and its full name."""
    role = snowflake.DatabaseRole(
        f"{name}-database-role",
        name=base,
        database=database,
        comment="What Cube's service account may read; written by cube-access",
        # Renamed in place, its old privileges would be looked for under a name that is gone.
        opts=pulumi.ResourceOptions(
            parent=parent, provider=database_admin, replace_on_changes=["name"]
        ),
    )
    return role, role.name.apply(lambda text: quoted(database, text))
