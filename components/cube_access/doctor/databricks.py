"""Databricks: who signs in to the account console and the workspace, with which rights, and what is
there of what the configuration names.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from databricks.sdk import AccountClient, WorkspaceClient
from databricks.sdk.service.iam import User

from cube_access.databricks.client import account_client, workspace_client
from cube_access.databricks.grants import KINDS, reading
from cube_access.databricks.membership import workspace_id
from cube_access.doctor.applied import Applied
from cube_access.doctor.lines import Line, asked, do, note, ok, unseen
from cube_access.facts.scim import called
from cube_access.progress import Step
from cube_access.provider.lifecycle import SignIn
from cube_access.roles.databricks import MANAGE
from cube_access.settings import DatabricksSettings

APP = "databricks:index/customAppIntegration:CustomAppIntegration"
PRINCIPAL = "databricks:index/servicePrincipal:ServicePrincipal"
ROLES = "`cube-access roles` writes what it needs (docs/accounts.md)"


def lines(settings: DatabricksSettings, applied: Applied, step: Step) -> Iterator[Line]:
    yield from _workspace(settings, step)
    yield from _account(settings, applied, step)


def _account(settings: DatabricksSettings, applied: Applied, step: Step) -> list[Line]:
    about = "account console"

    def question() -> Iterator[Line]:
        step(f"signing in to {settings.account_host}")
        host = settings.account_host.removeprefix("https://")
        client = account_client(host, settings.databricks_account_id, SignIn())
        step("OAuth apps of the account")
        # Who may list them is an account admin.
        apps = client.custom_app_integration.list()
        ids = [str(each.integration_id) for each in apps if each.name == settings.name]
        yield ok(about, f"signed in to {settings.databricks_account_id} as an account admin")
        yield _there("OAuth app", settings.name, ids, APP, applied)
        yield _principals(client, settings, applied, step)

    return asked(about, "Databricks", question)


def _principals(
    client: AccountClient, settings: DatabricksSettings, applied: Applied, step: Step
) -> Line:
    step("service principals of our name")
    found = client.service_principals.list(filter=called(settings.name))
    ids = [str(each.id) for each in found if each.display_name == settings.name]
    return _there("service principal", settings.name, ids, PRINCIPAL, applied)


def _there(what: str, name: str, ids: Sequence[str], kind: str, applied: Applied) -> Line:
    others = [each for each in ids if not applied.has(kind, each)]
    if others:
        return note(
            what,
            f"{name} is there already, id {', '.join(others)}, and not in this stack's state: up "
            "makes another of the same name. Is it a leftover, or somebody else's?",
        )
    if ids:
        return ok(what, f"{name} is there, in this stack's state")
    return ok(what, f"{name} is free")


def _workspace(settings: DatabricksSettings, step: Step) -> Iterator[Line]:
    host, about = settings.databricks_workspace_host, "workspace"
    signed_in: list[tuple[WorkspaceClient, User]] = []

    def sign_in() -> Iterator[Line]:
        step(f"signing in to {host}")
        client = workspace_client(host, SignIn())
        me = client.current_user.me()
        signed_in.append((client, me))
        yield ok(about, f"signed in to {host} as {me.user_name} ({client.config.auth_type})")

    yield from asked(about, "Databricks", sign_in)
    if not signed_in:
        for what in ("workspace id", "catalogs", "SQL warehouse", "groups"):
            yield unseen(what, "there is no sign-in to the workspace")
        return
    client, me = signed_in[0]
    yield from asked("workspace id", "Databricks", lambda: [_id(client, settings, step)])
    groups = {str(each.display) for each in me.groups or ()}
    yield _admin(groups)
    who = {str(me.user_name), *groups}
    owns = functools.cache(lambda: _owns_metastore(client, settings, me, who, step))
    for name in reading(settings.schemas, settings.tables):
        yield from asked(
            f"{KINDS[name.count('.')]} {name}",
            "Databricks",
            lambda name=name: _securable(client, name, me, who, owns, step),  # type: ignore[misc]
        )
    yield from asked("SQL warehouse", "Databricks", lambda: _sql_warehouse(client, settings, step))
    for group in settings.user_groups:
        yield from asked(
            f"group {group}",
            "Databricks",
            lambda group=group: [_group(client, group, step)],  # type: ignore[misc]
        )


def _id(client: WorkspaceClient, settings: DatabricksSettings, step: Step) -> Line:
    step("the workspace's id")
    found, meant = workspace_id(client), settings.databricks_workspace_id
    if found == meant:
        return ok("workspace id", found)
    return do("workspace id", f"it is {found}, not {meant}: correct databricksWorkspaceId")


def _admin(groups: set[str]) -> Line:
    if "admins" in groups:
        return ok("workspace admin", "the deployer is one")
    return do("workspace admin", f"the deployer is none, by its groups: {ROLES}")


def _securable(
    client: WorkspaceClient,
    name: str,
    me: User,
    who: set[str],
    owns_metastore: Callable[[], bool],
    step: Step,
) -> Iterator[Line]:
    kind = KINDS[name.count(".")]
    about = f"{kind} {name}"
    step(about)
    api: Any = {"catalog": client.catalogs, "schema": client.schemas, "table": client.tables}[kind]
    there = api.get(name)
    if kind != "catalog":
        yield ok(about, "is there")
        return
    if there.owner in who:
        yield ok(about, "is there, and the deployer is or has its owner")
        return
    step(f"privileges on {name}")
    found = client.grants.get_effective(kind, name, principal=str(me.user_name))
    held = {
        privilege.privilege.value
        for each in found.privilege_assignments or ()
        for privilege in each.privileges or ()
        if privilege.privilege
    }
    lacks = [each for each in MANAGE if each not in held and "ALL_PRIVILEGES" not in held]
    if not lacks:
        yield ok(about, "is there, and the deployer may grant on it")
    elif owns_metastore():
        yield ok(about, "is there, and the deployer administers the metastore")
    else:
        yield do(about, f"the deployer lacks {', '.join(lacks)} on it: {ROLES}")


def _owns_metastore(
    client: WorkspaceClient, settings: DatabricksSettings, me: User, who: set[str], step: Step
) -> bool:
    """A workspace names of one's groups only those that are assigned to it, which the owner of a
    metastore rarely is: the account's groups have the others.
    """
    step("the metastore's owner")
    owner = str(client.metastores.summary().owner)
    if owner in who:
        return True
    host = settings.account_host.removeprefix("https://")
    account = account_client(host, settings.databricks_account_id, SignIn())
    members = (
        str(member.value)
        for group in account.groups.list(filter=called(owner))
        if group.display_name == owner
        for member in group.members or ()
    )
    return str(me.id) in members


def _sql_warehouse(
    client: WorkspaceClient, settings: DatabricksSettings, step: Step
) -> Iterator[Line]:
    about, existing = "SQL warehouse", settings.sql_warehouse_id
    if not existing:
        if not settings.sql_warehouse_serverless:
            yield ok(about, "one of our own, not serverless")
            return
        step("whether there are serverless SQL warehouses")
        config = client.warehouses.get_workspace_warehouse_config()
        if config.enable_serverless_compute is False:
            yield do(
                about,
                "the workspace has serverless ones switched off: set sqlWarehouseServerless to "
                "false, or have them enabled",
            )
        elif config.enable_serverless_compute is None:
            yield unseen(about, "Databricks does not say whether there are serverless ones")
        else:
            yield ok(about, "one of our own, serverless, which the workspace has")
        return
    step(f"SQL warehouse {existing} and its permissions")
    name = client.warehouses.get(existing).name
    entries = client.permissions.get("warehouses", existing).access_control_list or []
    levels = {
        each.permission_level.value
        for entry in entries
        for each in entry.all_permissions or ()
        if each.permission_level
    }
    if "IS_OWNER" in levels:
        yield ok(about, f"{existing} ({name}) is there, and has an owner")
    else:
        yield do(
            about,
            f"{existing} ({name}) has no owner, so that nobody can change its permissions: give it "
            "one in the workspace (SQL Warehouses > Permissions)",
        )


def _group(client: WorkspaceClient, name: str, step: Step) -> Line:
    about = f"group {name}"
    step(about)
    found = list(client.groups.list(filter=called(name)))
    names = [str(each.display_name) for each in found]
    if name in names:
        return ok(about, "is there")
    if names:
        return do(about, f"is called {names[0]!r}: write it so in userGroups")
    return do(about, "is not in the workspace: correct userGroups, or assign it there")
