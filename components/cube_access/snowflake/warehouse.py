"""The warehouse that Cube's queries run on: one of our own, or an existing one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pulumi
import pulumi_snowflake as snowflake


@dataclass(frozen=True, kw_only=True)
class WarehouseArgs:
    existing: pulumi.Input[str] | None
    """None: one of our own is made, with what follows."""
    name: pulumi.Input[str]
    size: str
    auto_suspend_seconds: int
    statement_timeout_seconds: int
    credit_quota: int
    """Credits a month; 0: no limit."""


def warehouse(
    name: str,
    args: WarehouseArgs,
    *,
    warehouse_admin: Callable[[], snowflake.Provider],
    monitor_admin: snowflake.Provider,
    parent: pulumi.Resource,
) -> pulumi.Output[str]:
    """The name of the warehouse.

    Args:
        warehouse_admin: makes the provider, where a warehouse is made by it.
        monitor_admin: provider in ACCOUNTADMIN, the only role that can make a resource monitor.
    """
    if args.existing is not None:
        return pulumi.Output.from_input(args.existing)
    monitor = None
    if args.credit_quota:
        monitor = snowflake.ResourceMonitor(
            f"{name}-monitor",
            name=args.name,
            credit_quota=args.credit_quota,
            frequency="MONTHLY",
            start_timestamp="IMMEDIATELY",
            notify_triggers=[80],
            suspend_trigger=100,
            opts=pulumi.ResourceOptions(parent=parent, provider=monitor_admin),
        )
    made = snowflake.Warehouse(
        f"{name}-warehouse",
        name=args.name,
        comment="Queries of Cube; written by cube-access",
        warehouse_size=args.size,
        auto_suspend=args.auto_suspend_seconds,
        auto_resume="true",
        initially_suspended=True,
        statement_timeout_in_seconds=args.statement_timeout_seconds,
        resource_monitor=monitor.name if monitor else None,
        # With a monitor the same role must do both: it is not to be given away.
        opts=pulumi.ResourceOptions(
            parent=parent,
            provider=monitor_admin if monitor else warehouse_admin(),
            # Renamed in place, grants on the old name could not be revoked any more.
            replace_on_changes=["name"],
        ),
    )
    return made.name
