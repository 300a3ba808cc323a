"""What the service account may read. USAGE and SELECT only: nothing else can be expressed here, and
no setting reaches more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import pulumi
import pulumi_snowflake as snowflake

from cube_access.snowflake.identifiers import plain, quoted, speakable
from cube_access.snowflake.statements import grant_by_statement

Name = tuple[str, ...]
USAGE, SELECT = "USAGE", "SELECT"


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
    kinds: Sequence[str] = ()
    """Of objects, in the plural: TABLES, VIEWS, …"""
    inherited: bool = False
    """One grant on what contains them reaches present and future objects, instead of one on each of
    those that are there and one on those to come.
    """

    def lines(self) -> list[str]:
        """The privileges as sentences for a person, sorted."""
        some = [f"USAGE ON DATABASE {plain(*name)}" for name in self.databases]
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


def reading(scopes: Sequence[Name], kinds: Sequence[str], *, inherited: bool = False) -> Reading:
    """What reading these databases, schemas and tables takes; each scope is told by its number of
    parts.
    """
    return Reading(
        databases=sorted({scope[:1] for scope in scopes}),
        schemas=sorted({scope[:2] for scope in scopes if len(scope) > 1}),
        whole_schemas=sorted(scope for scope in scopes if len(scope) == 2),
        whole_databases=sorted(scope for scope in scopes if len(scope) == 1),
        objects=sorted(scope for scope in scopes if len(scope) == 3),
        kinds=tuple(kinds),
        inherited=inherited,
    )


def database_role(
    name: str,
    base: pulumi.Input[str],
    database: str,
    *,
    member: pulumi.Input[str],
    database_admin: snowflake.Provider,
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """The full name of a database role of our own, which the account role `member` is given."""
    role = snowflake.DatabaseRole(
        f"{name}-database-role",
        name=base,
        database=database,
        comment="What Cube's service account may read; written by cube-access",
        # Renamed in place, its old grants could not be revoked any more: they name the old one.
        opts=pulumi.ResourceOptions(
            parent=opts.parent, provider=database_admin, replace_on_changes=["name"]
        ),
    )
    full_name = role.name.apply(lambda text: quoted(database, text))
    snowflake.GrantDatabaseRole(
        f"{name}-database-role-of-role",
        database_role_name=full_name,
        parent_role_name=member,
        opts=opts,
    )
    return full_name


def grant_read(
    name: str,
    *,
    role: pulumi.Input[str],
    database_role: pulumi.Input[str] | None,
    wanted: Reading,
    object_types: pulumi.Output[Mapping[str, str]],
    opts: pulumi.ResourceOptions,
) -> None:
    """One resource for a privilege and a kind of securable, so that a preview shows each.

    The plugin reads grants on single objects and on future ones back, and so mends what is revoked
    by hand; of grants on ALL, and of those by statement, it knows only that it made them. Revoking
    ALL takes from all that is there at that time, whoever granted it to our role; an inherited
    grant goes alone.

    Args:
        role: the service account's.
        database_role: one that `role` has, to hold the grants inside its database; USAGE on the
            database itself stays with `role`.
        object_types: TABLE, VIEW, … for each of `wanted.objects`, by its plain name.
    """
    account_role = pulumi.Output.from_input(role).apply(lambda text: f"ROLE {quoted(text)}")
    reader = (
        pulumi.Output.concat("DATABASE ROLE ", database_role) if database_role else account_role
    )

    def grant(label: str, privilege: str, place: Name, sql: pulumi.Input[str], **on: Any) -> None:
        whole = "on_account_object" in on
        if not speakable(*place):
            grant_by_statement(
                f"{name}-{label}",
                privilege,
                on=sql,
                to=account_role if whole else reader,
                opts=opts,
            )
        elif database_role is None or whole:
            snowflake.GrantPrivilegesToAccountRole(
                f"{name}-{label}", account_role_name=role, privileges=[privilege], **on, opts=opts
            )
        else:
            snowflake.GrantPrivilegesToDatabaseRole(
                f"{name}-{label}",
                database_role_name=database_role,
                privileges=[privilege],
                **on,
                opts=opts,
            )

    def grant_inherited(label: str, privilege: str, sql: str) -> None:
        grant_by_statement(
            f"{name}-{label}", f"INHERITED {privilege}", on=sql, to=reader, opts=opts
        )

    for database in wanted.databases:
        grant(
            f"usage-{plain(*database)}",
            USAGE,
            database,
            f"DATABASE {quoted(*database)}",
            on_account_object={"object_type": "DATABASE", "object_name": database[0]},
        )
    for schema in wanted.schemas:
        grant(
            f"usage-{plain(*schema)}",
            USAGE,
            schema,
            f"SCHEMA {quoted(*schema)}",
            on_schema={"schema_name": quoted(*schema)},
        )
    for database in wanted.whole_databases:
        label, inside = plain(*database), quoted(*database)
        if wanted.inherited:
            grant_inherited(f"usage-inherited-{label}", USAGE, f"ALL SCHEMAS IN DATABASE {inside}")
            continue
        for which in ("all", "future"):
            grant(
                f"usage-{which}-{label}",
                USAGE,
                database,
                f"{which.upper()} SCHEMAS IN DATABASE {inside}",
                on_schema={f"{which}_schemas_in_database": inside},
            )
    containers = [("DATABASE", each) for each in wanted.whole_databases]
    containers += [("SCHEMA", each) for each in wanted.whole_schemas]
    for container, place in containers:
        for kind in wanted.kinds:
            label = f"{kind.lower().replace(' ', '-')}-{plain(*place)}"
            where = f"{kind} IN {container} {quoted(*place)}"
            if wanted.inherited:
                grant_inherited(f"select-inherited-{label}", SELECT, f"ALL {where}")
                continue
            objects = {"object_type_plural": kind, f"in_{container.lower()}": quoted(*place)}
            for which in ("all", "future"):
                grant(
                    f"select-{which}-{label}",
                    SELECT,
                    place,
                    f"{which.upper()} {where}",
                    on_schema_object={which: objects},
                )
    for each in wanted.objects:
        label = plain(*each)
        object_type = object_types.apply(itemgetter(label))
        grant(
            f"select-{label}",
            SELECT,
            each,
            pulumi.Output.concat(object_type, " ", quoted(*each)),
            on_schema_object={"object_type": object_type, "object_name": quoted(*each)},
        )


def grant_use(
    name: str,
    *,
    warehouse: pulumi.Input[str],
    roles: Mapping[str, pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> None:
    """USAGE on the warehouse, which starts it and runs queries; not OPERATE, not MONITOR.

    Args:
        roles: by the label that tells them apart in a preview.
    """
    for label, role in roles.items():
        snowflake.GrantPrivilegesToAccountRole(
            f"{name}-use-{label}",
            account_role_name=role,
            privileges=[USAGE],
            on_account_object={"object_type": "WAREHOUSE", "object_name": warehouse},
            opts=opts,
        )
