"""The service principal apart from data: groups, entitlements, SQL warehouses, credentials.

Owns what each of these ought to be, and the API command that takes an extra away. Commands are
`databricks api …`, because not each of them has a command of its own in every version of the CLI.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from databricks.sdk import AccountClient
from databricks.sdk.errors import NotFound
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.service.iam import ObjectPermissions

from cube_access.facts.principals import DATABRICKS_ADMINS, USERS
from cube_access.facts.scim import called
from cube_access.settings import DatabricksSettings
from cube_access.verify.databricks.client import Client
from cube_access.verify.deployed import Deployed
from cube_access.verify.findings import DEPLOYER, Line, Shown, Verdict

REFRESH = "pulumi up --refresh"
ENTITLEMENT = "databricks-sql-access"
HARMLESS_ENTITLEMENTS = {"workspace-access", "databricks-sql-access", "workspace-consume"}
SCIM = "/api/2.0/preview/scim/v2"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """As the workspace tells it."""

    application_id: str
    numeric_id: str
    groups: Sequence[tuple[str, str]]
    """Id and name, direct and nested."""
    entitlements: Sequence[str]

    @property
    def names(self) -> set[str]:
        return {self.application_id, *(name for _, name in self.groups)}


def whoami(me: Client) -> Identity:
    me.step("who the service account is")
    user = me.api.current_user.me()
    return Identity(
        application_id=str(user.user_name),
        numeric_id=str(user.id),
        groups=[(str(g.value), str(g.display)) for g in user.groups or []],
        entitlements=[str(e.value) for e in user.entitlements or []],
    )


def workspace(
    who: Identity, settings: DatabricksSettings, brings: Callable[[str], str], by: str
) -> Iterator[Line]:
    """Membership, administration and entitlements."""
    accounts = f"/api/2.0/accounts/{settings.databricks_account_id}"
    extras = False
    for group_id, name in who.groups:
        if name == USERS:
            continue
        extras = True
        if name == DATABRICKS_ADMINS:
            what = "is an administrator of the workspace"
            fix = api(
                "put",
                f"{accounts}/workspaces/{settings.databricks_workspace_id}/permissionassignments/"
                f"principals/{who.numeric_id}",
                {"permissions": ["USER"]},
            )
        else:
            what = f"is in group {name}; it brings {brings(name)}"
            fix = scim(f"{accounts}/scim/v2/Groups/{group_id}", "members", who.numeric_id)
        yield _line("extra", what, by, fix, through="" if name == DATABRICKS_ADMINS else name)
    for entitlement in sorted({*who.entitlements} - {ENTITLEMENT}):
        extras = True
        fix = scim(f"{SCIM}/ServicePrincipals/{who.numeric_id}", "entitlements", entitlement)
        yield _line("extra", f"entitlement {entitlement}", by, fix)
    if ENTITLEMENT not in who.entitlements:
        yield _line("lack", f"entitlement {ENTITLEMENT}", by, REFRESH)
    if not extras:
        yield _line("ok", "no group but users, no administrator, entitled to SQL only", by)


def users_entitlements(looker: Client) -> Iterator[Line]:
    """What the group that every identity of the workspace is in has."""
    looker.step("the entitlements of users")
    for group in looker.api.groups_v2.list(filter=called(USERS)):
        for each in group.entitlements or []:
            verdict: Verdict = "note" if each.value in HARMLESS_ENTITLEMENTS else "extra"
            fix = scim(f"{SCIM}/Groups/{group.id}", "entitlements", str(each.value))
            yield _line(verdict, f"entitlement {each.value}", DEPLOYER, fix, through=USERS)


def warehouses(looker: Client, who: Identity, ours: str, by: str) -> Iterator[Line]:
    """CAN_USE on ours, itself, and nothing else anywhere."""
    looker.step("listing SQL warehouses")
    found = list(looker.api.warehouses.list())
    if ours not in {str(one.id) for one in found}:
        yield _line("lack", f"SQL warehouse {ours} is not visible", by, REFRESH)
    for one in found:
        id_, label = str(one.id), f"SQL warehouse {one.name}"
        looker.step(f"the permissions of {label}")
        try:
            listed = looker.api.permissions.get("warehouses", id_)
        except NotFound:
            continue
        except DatabricksError as error:
            if id_ != ours:
                what = f"sees {label}, whose permissions it may not see: {error}"
                yield _line("extra", what, by)
            continue
        yield from _entries(listed, who, id_, ours, label, by)


def _entries(
    listed: ObjectPermissions, who: Identity, id_: str, ours: str, label: str, by: str
) -> Iterator[Line]:
    levels = {(name, level) for name, level in _direct(listed) if name in who.names}
    own = {level for name, level in levels if name == who.application_id}
    path = f"/api/2.0/permissions/warehouses/{id_}"
    for level in sorted(own):
        if id_ == ours and level == "CAN_USE":
            yield _line("ok", f"CAN_USE on {label}", by, shown="grants")
        elif id_ == ours:
            entry = {
                "service_principal_name": who.application_id,
                "permission_level": "CAN_USE",
            }
            fix = api("patch", path, {"access_control_list": [entry]})
            yield _line("extra", f"{level} on {label}", by, fix, shown="grants")
        else:
            # The API has no call that removes one entry: the list is written back without it.
            fix = api("put", path, {"access_control_list": _without(listed, who.application_id)})
            yield _line("extra", f"{level} on {label}", by, fix, shown="grants")
    if id_ == ours and not own:
        yield _line("lack", f"CAN_USE on {label}", by, REFRESH, shown="grants")
    for name, level in sorted(levels):
        if name == USERS:
            fix = api("put", path, {"access_control_list": _without(listed, USERS)})
            what = f"{level} on {label}"
            # Whoever may sign in may start it, at a cost; more than that is somebody's mistake.
            verdict: Verdict = "note" if level in ("CAN_USE", "CAN_VIEW") else "extra"
            yield _line(verdict, what, by, fix, through=USERS, shown="grants")


def _direct(listed: ObjectPermissions) -> Iterator[tuple[str, str]]:
    for entry in listed.access_control_list or []:
        name = entry.service_principal_name or entry.group_name or entry.user_name
        for each in entry.all_permissions or []:
            if name and each.permission_level and not each.inherited:
                yield name, each.permission_level.value


def _without(listed: ObjectPermissions, name: str) -> list[dict[str, str]]:
    keys = ("service_principal_name", "group_name", "user_name")
    rest = []
    for entry in listed.access_control_list or []:
        for key in keys:
            if (who := getattr(entry, key)) and who != name:
                rest += [
                    {key: who, "permission_level": each.permission_level.value}
                    for each in entry.all_permissions or []
                    if each.permission_level and not each.inherited
                ]
    return rest


def credentials(
    looker: Client,
    account: AccountClient,
    deployed: Deployed,
    settings: DatabricksSettings,
    who: Identity,
) -> Iterator[Line]:
    """Whatever signs in as our principal and is not of this stack; and its place in the account."""
    accounts = f"/api/2.0/accounts/{settings.databricks_account_id}"
    principal = f"{accounts}/servicePrincipals/{who.numeric_id}"
    known = {
        str(each.get("servicePrincipalSecretId") or each["id"])
        for each in deployed.of_type(
            "databricks:index/servicePrincipalSecret:ServicePrincipalSecret"
        )
    }
    looker.step("the secrets of the service principal")
    count = 0
    for secret in account.service_principal_secrets.list(who.numeric_id):
        if str(secret.id) not in known:
            fix = api("delete", f"{principal}/credentials/secrets/{secret.id}")
            yield _line("extra", f"another OAuth secret signs in ({secret.id})", DEPLOYER, fix)
        count += 1
    tokens = {str(each["id"]) for each in deployed.of_type("databricks:index/oboToken:OboToken")}
    looker.step("the tokens of the service principal")
    for token in looker.api.token_management.list():
        if str(token.owner_id) != who.numeric_id:
            continue
        count += 1
        if str(token.token_id) not in tokens:
            fix = api("delete", f"/api/2.0/token-management/tokens/{token.token_id}")
            what = f"another personal access token signs in ({token.token_id})"
            yield _line("extra", what, DEPLOYER, fix)
    yield _line(
        "ok", f"{len(known | tokens)} of {count} secrets and tokens are of this stack", DEPLOYER
    )
    looker.step("the roles of the service principal in the account")
    for role in account.service_principals_v2.get(who.numeric_id).roles or []:
        fix = scim(
            f"{accounts}/scim/v2/ServicePrincipals/{who.numeric_id}", "roles", str(role.value)
        )
        yield _line("extra", f"role {role.value} in the account", DEPLOYER, fix)


def token_use(looker: Client, who: Identity, settings: DatabricksSettings) -> Iterator[Line]:
    """Who may have personal access tokens; ours only if it signs in by one."""
    looker.step("who may use personal access tokens")
    try:
        listed = looker.api.permissions.get("authorization", "tokens")
    except NotFound:
        return
    ours = settings.credential == "pat"
    for name, level in _direct(listed):
        if name == who.application_id and not ours:
            path = "/api/2.0/permissions/authorization/tokens"
            fix = api("put", path, {"access_control_list": _without(listed, name)})
            what = f"{level} of personal access tokens"
            yield _line("extra", what, DEPLOYER, fix, shown="grants")


def unless_refused(what: str, by: str, look: Callable[[], Iterable[Line]]) -> Iterable[Line]:
    """A look that this sign-in may not take is one line, not the end."""
    try:
        return list(look())
    except DatabricksError as error:
        return [_line("unseen", f"{what}: {error}", by)]


def api(verb: str, path: str, body: object | None = None) -> str:
    sent = f" --json '{json.dumps(body)}'" if body is not None else ""
    return f"databricks api {verb} {path}{sent}"


def scim(path: str, attribute: str, value: str) -> str:
    operation = {"op": "remove", "path": f'{attribute}[value eq "{value}"]'}
    return api("patch", path, {"schemas": [PATCH], "Operations": [operation]})


def _line(
    verdict: Verdict,
    what: str,
    by: str,
    fix: str = "",
    *,
    through: str = "",
    shown: Shown = "settings",
) -> Line:
    return Line(verdict=verdict, what=what, shown=shown, by=by, through=through, fix=fix)
