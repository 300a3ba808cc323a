"""The SQL warehouse that Cube queries through: one of our own, or an existing one that we only add
an entry to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_databricks as databricks

from cube_access.databricks.permission import Kind, Permission


@dataclass(frozen=True, kw_only=True)
class SqlWarehouseArgs:
    existing_id: pulumi.Input[str] | None
    """None: one of our own is made, with what follows."""
    name: pulumi.Input[str]
    size: str
    auto_stop_minutes: int
    max_clusters: int
    serverless: bool
    tags: Mapping[str, pulumi.Input[str]]


def sql_warehouse(
    name: str, args: SqlWarehouseArgs, *, workspace: databricks.Provider, parent: pulumi.Resource
) -> pulumi.Output[str]:
    """The id of the warehouse."""
    if args.existing_id is not None:
        return pulumi.Output.from_input(args.existing_id)
    tags = [
        databricks.SqlEndpointTagsCustomTagArgs(key=key, value=value)
        for key, value in args.tags.items()
    ]
    endpoint = databricks.SqlEndpoint(
        f"{name}-warehouse",
        name=args.name,
        cluster_size=args.size,
        auto_stop_mins=args.auto_stop_minutes,
        max_num_clusters=args.max_clusters,
        enable_serverless_compute=args.serverless,
        # Serverless exists for PRO only, and the API's default is CLASSIC.
        warehouse_type="PRO",
        tags=databricks.SqlEndpointTagsArgs(custom_tags=tags) if tags else None,
        opts=pulumi.ResourceOptions(parent=parent, provider=workspace),
    )
    return endpoint.id


def allow_use(
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
    previous = list(depends_on)
    entries: list[tuple[Kind, pulumi.Input[str], str]] = [
        ("service_principal_name", service_principal.application_id, "service-account")
    ]
    entries += [("group_name", group, label) for label, group in user_groups]
    for kind, principal, label in entries:
        entry = Permission(
            f"{name}-use-{label}",
            host=host,
            object_type="warehouses",
            object_id=warehouse_id,
            kind=kind,
            principal=principal,
            opts=pulumi.ResourceOptions(
                parent=parent,
                depends_on=previous,
                # Its entry goes with the principal: the list need not be written back for that.
                deleted_with=service_principal if kind == "service_principal_name" else None,
            ),
        )
        previous = [entry]
