"""The SQL warehouse that Cube queries through: one of our own, or an existing one. Who may use it
is in `grants.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_databricks as databricks


@dataclass(frozen=True, kw_only=True)
class WarehouseArgs:
    existing_id: pulumi.Input[str] | None
    """None: one of our own is made, with what follows."""
    name: pulumi.Input[str]
    size: str
    auto_stop_minutes: int
    max_clusters: int
    serverless: bool
    tags: Mapping[str, pulumi.Input[str]]


def warehouse(
    name: str, args: WarehouseArgs, *, workspace: databricks.Provider, parent: pulumi.Resource
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
