"""Stops a preview that names what the workspace does not have, before anything is changed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pulumi
import pulumi_databricks as databricks

from cube_access.databricks.grants import KINDS
from cube_access.lookup import look_up, reason


def check_exist(
    securables: Iterable[str],
    sql_warehouse_id: str,
    groups: Iterable[str],
    workspace: databricks.Provider,
) -> pulumi.Output[bool]:
    """Looks everything up at once; one error lists all that the deployer cannot see.

    What is made from the answer waits for it: an `up` without a preview makes nothing, either.

    Args:
        sql_warehouse_id: empty if there is no existing one to look for.
    """

    async def problem(what: str, function: str, **arguments: str) -> str:
        try:
            await look_up("databricks", function, arguments, workspace)
        except Exception as error:
            return f"\n  - {what}: {reason(error)}"
        return ""

    async def look_up_all() -> bool:
        lookups = []
        for name in securables:
            kind = KINDS[name.count(".")]
            lookups.append(problem(f"{kind} {name}", f"get{kind.capitalize()}", name=name))
        if sql_warehouse_id:
            what = f"SQL warehouse {sql_warehouse_id}"
            lookups.append(problem(what, "getSqlWarehouse", id=sql_warehouse_id))
        for group in groups:
            lookups.append(problem(f"group {group}", "getGroup", displayName=group))
        problems = "".join(await asyncio.gather(*lookups))
        if problems:
            raise pulumi.RunError(
                "the configuration names what the deployer cannot see in the workspace; nothing "
                f"was changed:{problems}\n  Correct the names (cube-access:schemas, tables, "
                "sqlWarehouseId, userGroups), or give the deployer access (docs/accounts.md)."
            )

        return True

    found: pulumi.Input[bool] = look_up_all()
    return pulumi.Output.from_input(found)
