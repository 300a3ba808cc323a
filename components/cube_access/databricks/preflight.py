"""Stops a preview that names what the workspace does not have, before anything is changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import pulumi
import pulumi_databricks as databricks

from cube_access.databricks.grants import KINDS
from cube_access.lookup import Name, look_up, reason


def check_exist(
    securables: Iterable[str],
    sql_warehouse_id: pulumi.Output[str] | None,
    groups: Iterable[pulumi.Output[str]],
    workspace: databricks.Provider,
    *,
    ready: pulumi.Output[object],
    say: Callable[[str], str],
) -> pulumi.Output[bool]:
    """Looks everything up at once; one error lists all that the deployer cannot see. What is not
    known yet is not looked for.

    What is made from the answer waits for it: an `up` without a preview makes nothing, either.

    Args:
        sql_warehouse_id: None if there is no existing one to look for.
        ready: known once there is something to look at.
        say: puts the configuration's keys into the caller's words.
    """

    async def problem(kind: str, name: Name, function: str, key: str) -> str:
        if name.text is None:
            return ""
        try:
            await look_up("databricks", function, {key: name.text}, workspace)
        except Exception as error:
            return f"\n  - {kind} {name.shown}: {name.hide(reason(error))}"
        return ""

    async def look_up_all() -> bool:
        if not await ready.is_known():
            return True
        lookups = []
        for name in securables:
            kind = KINDS[name.count(".")]
            lookups.append(problem(kind, Name(name), f"get{kind.capitalize()}", "name"))
        if sql_warehouse_id is not None:
            found = await Name.of(sql_warehouse_id)
            lookups.append(problem("SQL warehouse", found, "getSqlWarehouse", "id"))
        for group in groups:
            found = await Name.of(group)
            lookups.append(problem("group", found, "getGroup", "displayName"))
        problems = "".join(await asyncio.gather(*lookups))
        if problems:
            raise pulumi.RunError(
                "the configuration names what the deployer cannot see in the workspace; nothing "
                f"was changed:{problems}\n  "
                + say(
                    "Correct the names (cube-access:schemas, cube-access:tables, sqlWarehouseId, "
                    "userGroups), or give the deployer access (docs/accounts.md)."
                )
            )
        return True

    found: pulumi.Input[bool] = look_up_all()
    return pulumi.Output.from_input(found)
