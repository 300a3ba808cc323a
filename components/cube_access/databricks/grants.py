"""What the service account may read, and who may use the SQL warehouse.

Of Unity Catalog only the three privileges below can be expressed here, and no setting reaches them:
reading is USE CATALOG on the way, USE SCHEMA on the way, and SELECT on a schema (its present and
future tables) or on a single table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import pulumi
import pulumi_databricks as databricks

from cube_access.databricks.permission import SQL_WAREHOUSES, Permission, PriorEntries

USE_CATALOG, USE_SCHEMA, SELECT = "USE_CATALOG", "USE_SCHEMA", "SELECT"
USES_WAREHOUSE = "CAN_USE ON SQL warehouse"
"""The service account's permission on the SQL warehouse, as a person reads it."""
KINDS = ("catalog", "schema", "table")  # by the number of parts in a name


def reading(schemas: Iterable[str], tables: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Every securable by its full name, with all the privileges that reading these schemas and
    tables takes.
    """
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for schema in schemas:
        wanted[schema] |= {USE_SCHEMA, SELECT}
    for table in tables:
        wanted[table] |= {SELECT}
        wanted[table.rpartition(".")[0]] |= {USE_SCHEMA}
    for name in list(wanted):
        wanted[name.split(".")[0]] |= {USE_CATALOG}
    return {name: tuple(sorted(privileges)) for name, privileges in sorted(wanted.items())}


def sentences(privileges: Mapping[str, Iterable[str]]) -> list[str]:
    """What the service account may do, as a person reads it.

    Args:
        privileges: as `reading` gives them.
    """
    lines = [f"{each} ON {name}" for name, granted in privileges.items() for each in granted]
    return [*lines, USES_WAREHOUSE]


def grant_read(
    name: str,
    *,
    principal: pulumi.Input[str],
    privileges: dict[str, tuple[str, ...]],
    workspace: databricks.Provider,
    parent: pulumi.Resource,
    depends_on: Sequence[pulumi.Resource],
) -> list[databricks.Grant]:
    """One `Grant` a securable, with the full list of our principal's privileges there.

    A `Grant` is authoritative for its principal on its securable: a privilege given to our
    principal by hand there is taken away by the next apply, and two for one securable would fight.
    `databricks.Grants` would take everybody else's privileges as well.
    """
    grants = []
    for securable, granted in privileges.items():
        kind = KINDS[securable.count(".")]
        grant = databricks.Grant(
            f"{name}-{securable}",
            principal=principal,
            privileges=list(granted),
            catalog=securable if kind == "catalog" else None,
            schema=securable if kind == "schema" else None,
            table=securable if kind == "table" else None,
            opts=pulumi.ResourceOptions(
                parent=parent, provider=workspace, depends_on=list(depends_on)
            ),
        )
        grants.append(grant)
    return grants


def grant_use(
    name: str,
    *,
    host: pulumi.Input[str],
    warehouse_id: pulumi.Input[str],
    service_principal: databricks.ServicePrincipal,
    user_groups: Sequence[tuple[str, pulumi.Input[str]]],
    parent: pulumi.Resource,
    depends_on: Sequence[pulumi.Resource],
) -> None:
    """CAN_USE for the service account and each group. Chained: an ACL has no transactions, so never
    two at once.

    Args:
        user_groups: each with its label in the name of its entry.
    """
    own = Permission(
        f"{name}-use-service-account",
        host=host,
        object_type=SQL_WAREHOUSES,
        object_id=warehouse_id,
        kind="service_principal_name",
        principal=service_principal.application_id,
        opts=pulumi.ResourceOptions(
            parent=parent,
            depends_on=list(depends_on),
            # Its entry goes with the principal: the list need not be written back for that.
            deleted_with=service_principal,
        ),
    )
    if not user_groups:
        return
    # Right before the first group's, so that little can happen in between.
    prior = PriorEntries(
        f"{name}-use-before",
        host=host,
        object_type=SQL_WAREHOUSES,
        object_id=warehouse_id,
        groups=[group for _, group in user_groups],
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[own]),
    )
    previous: pulumi.Resource = own
    for label, group in user_groups:
        previous = Permission(
            f"{name}-use-{label}",
            host=host,
            object_type=SQL_WAREHOUSES,
            object_id=warehouse_id,
            kind="group_name",
            principal=group,
            prior=prior,
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[previous]),
        )
