"""Stops a preview that names what the workspace does not have, before anything is changed."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping

import pulumi
import pulumi_databricks as databricks

from cube_access.databricks.grants import KINDS
from cube_access.lookup import Name, look_up
from cube_access.trouble import Trouble, explained, trouble

SINGLY = 5
"""Schemas of one catalog, and tables of one schema, that are asked for one by one; of more, all are
listed in one call.
"""


def check(
    securables: Collection[str],
    sql_warehouse_id: pulumi.Output[str] | None,
    groups: Iterable[pulumi.Output[str]],
    workspace: databricks.Provider,
    *,
    ready: pulumi.Output[object],
    say: Callable[[str], str],
) -> pulumi.Output[bool]:
    """Looks everything up at once; one error says what went wrong: a failed sign-in once, missing
    rights and wrong names each by itself. What is not known yet is not looked for.

    What is made from the answer waits for it: an `up` without a preview makes nothing, either.

    Args:
        sql_warehouse_id: None if there is no existing one to look for.
        ready: known once there is something to look at.
        say: puts the configuration's keys into the caller's words.
    """

    async def problem(
        kind: str, name: Name, function: str, key: str, **more: bool
    ) -> tuple[str, Trouble] | None:
        if name.text is None:
            return None
        what = f"{kind} {name.shown}"
        try:
            found = await look_up("databricks", function, {key: name.text, **more}, workspace)
        except Exception as error:
            met = trouble(error, name.text)
            return what, Trouble(met.kind, name.hide(met.said))
        # It is found in any case, and granted to in the exact one only.
        exact = str(found.get("aclPrincipalId", "")).removeprefix("groups/")
        if kind == "group" and exact and exact != name.text:
            said = "is written otherwise" if name.is_secret else f"is called {exact!r}: write it so"
            return what, Trouble("not there", said)
        return None

    async def inside(container: str) -> set[str]:
        catalog, _, schema = container.partition(".")
        function = "getTables" if schema else "getSchemas"  # of tables, views are not listed
        place = {"catalogName": catalog, **({"schemaName": schema} if schema else {})}
        try:
            found = await look_up("databricks", function, place, workspace)
        except Exception:
            return set()  # each is asked for then, and says what is wrong
        return set(found.get("ids") or ())

    async def securable(
        name: str, listed: Mapping[str, asyncio.Future[set[str]]]
    ) -> tuple[str, Trouble] | None:
        kind, container = KINDS[name.count(".")], name.rpartition(".")[0]
        if container in listed and name in await listed[container]:
            return None
        return await problem(kind, Name(name), f"get{kind.capitalize()}", "name")

    async def look_up_all() -> bool:
        if not await ready.is_known():
            return True
        many = Counter(name.rpartition(".")[0] for name in securables if "." in name)
        listed = {
            container: asyncio.ensure_future(inside(container))
            for container, count in many.items()
            if count > SINGLY
        }
        lookups = [securable(name, listed) for name in securables]
        if sql_warehouse_id is not None:
            found = await Name.of(sql_warehouse_id)
            lookups.append(problem("SQL warehouse", found, "getSqlWarehouse", "id"))
        for group in groups:
            found = await Name.of(group)
            # What the group is in, and what that is in, is nothing to us.
            lookups.append(problem("group", found, "getGroup", "displayName", recursive=False))
        problems = [each for each in await asyncio.gather(*lookups) if each]
        if problems:
            cure = (
                "Correct the names (cube-access:schemas, cube-access:tables, sqlWarehouseId, "
                "userGroups), or give the deployer access (docs/accounts.md)."
            )
            # What waits for the answer is not all that an `up` does.
            known = pulumi.runtime.is_dry_run()
            text = explained("Databricks", problems, not_there=cure, nothing_changed=known)
            raise pulumi.RunError(say(text))
        return True

    found: pulumi.Input[bool] = look_up_all()
    return pulumi.Output.from_input(found)
