"""Who the service account is to the workspace: member or administrator, and entitled to what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from databricks.sdk import AccountClient
from databricks.sdk.errors import NotFound

from cube_access.facts.principals import DATABRICKS_ADMINS, USERS
from cube_access.facts.scim import called
from cube_access.settings import DatabricksSettings
from cube_access.verify.databricks.client import Client
from cube_access.verify.databricks.groups import Groups
from cube_access.verify.databricks.looks import SCIM, api, scim
from cube_access.verify.findings import DEPLOYER, REFRESH, SERVICE_ACCOUNT, Line, Verdict
from cube_access.verify.looks import line

ENTITLEMENT = "databricks-sql-access"
HARMLESS_ENTITLEMENTS = {"workspace-access", "databricks-sql-access", "workspace-consume"}
ADMIN = "ADMIN"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """As the workspace tells it."""

    application_id: str
    numeric_id: str
    groups: Sequence[tuple[str, str]]
    """Id and name, direct and nested."""
    entitlements: Sequence[str] | None
    """None if they were not shown."""


def whoami(me: Client) -> Identity:
    me.step("who the service account is")
    user = me.api.current_user.me()
    return Identity(
        application_id=str(user.user_name),
        numeric_id=str(user.id),
        groups=[(str(g.value), str(g.display)) for g in user.groups or []],
        entitlements=[str(e.value) for e in user.entitlements or []],
    )


def told(looker: Client, application_id: str, numeric_id: str) -> Identity:
    """The same as the deployer sees it, of a service account that cannot sign in.

    Raises:
        NotFound: the workspace does not know it.
    """
    looker.step("who the service account is")
    got = looker.api.service_principals_v2.get(numeric_id)
    return Identity(
        application_id=application_id,
        numeric_id=numeric_id,
        groups=[(str(g.value), str(g.display)) for g in got.groups or []],
        entitlements=[str(e.value) for e in got.entitlements or []],
    )


def workspace(who: Identity, by: str) -> Iterator[Line]:
    """What it is entitled to, itself."""
    if who.entitlements is None:
        return
    for entitlement in sorted({*who.entitlements} - {ENTITLEMENT}):
        fix = scim(f"{SCIM}/ServicePrincipals/{who.numeric_id}", "entitlements", entitlement)
        yield line("extra", f"entitlement {entitlement}", by, fix)
    if ENTITLEMENT not in who.entitlements:
        yield line("lack", f"entitlement {ENTITLEMENT}", by, REFRESH)
    else:
        yield line("ok", f"entitlement {ENTITLEMENT}", by)


def administers(who: Identity, settings: DatabricksSettings, joined: Groups) -> Iterator[Line]:
    """Whether it administers the workspace, as the workspace tells itself."""
    if DATABRICKS_ADMINS not in {name for _, name in who.groups}:
        return
    group = ", itself or through a group" if joined.found else ""
    what = f"is an administrator of the workspace{group}"
    yield line("extra", what, SERVICE_ACCOUNT, assignment(who, settings))


def assigned(
    account: AccountClient,
    who: Identity,
    settings: DatabricksSettings,
    joined: Groups,
    brought: dict[str, list[str]],
) -> Iterator[Line]:
    """How it comes to the workspace, as the account has it: as a user, itself, and no other way.

    Args:
        brought: is given what groups bring of it.
    """
    names = {group.name for group in joined.found.values()}
    own: list[str] | None = None
    by_group = []
    for each in account.workspace_assignment.list(int(settings.databricks_workspace_id)):
        levels = [str(one.value) for one in each.permissions or []]
        principal = each.principal
        if principal and str(principal.principal_id) == who.numeric_id:
            own = levels
        elif principal and principal.group_name in names and ADMIN in levels:
            brought.setdefault(str(principal.group_name), []).insert(0, "ADMIN of the workspace")
            by_group.append(str(principal.group_name))
    if own is None:
        what = f"is not assigned to workspace {settings.databricks_workspace_id}"
        yield line("lack", what, DEPLOYER, assignment(who, settings))
    elif ADMIN in own:
        what = "is an administrator of the workspace"
        yield line("extra", what, DEPLOYER, assignment(who, settings))
    else:
        yield line("ok", "is assigned to the workspace as a user", DEPLOYER)
    for name in by_group:
        what = f"is an administrator of the workspace, through group {name}"
        yield line("extra", what, DEPLOYER, joined.leave(name), through=name)


def assignment(who: Identity, settings: DatabricksSettings) -> str:
    """The command that makes it a user of the workspace, and no more."""
    path = (
        f"/api/2.0/accounts/{settings.databricks_account_id}/workspaces/"
        f"{settings.databricks_workspace_id}/permissionassignments/principals/{who.numeric_id}"
    )
    return api("put", path, {"permissions": ["USER"]})


def users_entitlements(looker: Client) -> Iterator[Line]:
    """What the group that every identity of the workspace is in has."""
    looker.step("the entitlements of users")
    for group in looker.api.groups_v2.list(filter=called(USERS)):
        for each in group.entitlements or []:
            verdict: Verdict = "note" if each.value in HARMLESS_ENTITLEMENTS else "extra"
            fix = scim(f"{SCIM}/Groups/{group.id}", "entitlements", str(each.value))
            yield line(verdict, f"entitlement {each.value}", DEPLOYER, fix, through=USERS)


def groups_bring(looker: Client, joined: Groups, brought: dict[str, list[str]]) -> None:
    """Entitlements and roles of the groups that it is in.

    Args:
        brought: is given them.
    """
    for group in joined.found.values():
        looker.step(f"what group {group.name} is entitled to")
        words = [f"role {role} in the account" for role in group.roles]
        try:
            got = looker.api.groups_v2.get(group.identifier)
            words += [f"entitlement {each.value}" for each in got.entitlements or []]
        except NotFound:  # it is not in this workspace, and so entitled to nothing there
            pass
        brought.setdefault(group.name, []).extend(words)
