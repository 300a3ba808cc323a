"""By which others could become the service account, and itself reach further: credentials, roles on
it, federation, roles in the account, other workspaces, addresses.

Owns the deployer's look at each of these, and the command that takes an extra away.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime

from databricks.sdk import AccountClient
from databricks.sdk.errors import NotFound
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.service.settings import ListType, TokenInfo

from cube_access.facts.principals import USERS
from cube_access.settings import DatabricksSettings
from cube_access.verify.databricks.client import Client
from cube_access.verify.databricks.identity import Identity
from cube_access.verify.databricks.looks import api, scim
from cube_access.verify.databricks.warehouses import entries_of
from cube_access.verify.deployed import Deployed
from cube_access.verify.findings import DEPLOYER, REFRESH, Line, Verdict
from cube_access.verify.looks import line

SECRET = "databricks:index/servicePrincipalSecret:ServicePrincipalSecret"  # noqa: S105 - a type
TOKEN = "databricks:index/oboToken:OboToken"  # noqa: S105 - a type
MEANING = {
    "roles/servicePrincipal.manager": "may give others roles on the service account",
    "roles/servicePrincipal.user": "may run jobs as the service account, and make tokens of it",
}
"""https://docs.databricks.com/aws/en/security/auth/access-control/service-principal-acl"""
NO_ASSIGNMENTS = "not available for this workspace"
"""What Databricks says of a workspace that has its users apart from the account's."""
IP_LISTS_ON = "enableIpAccessLists"


def secrets(
    looker: Client, account: AccountClient, deployed: Deployed, who: Identity, accounts: str
) -> Iterator[Line]:
    """OAuth secrets of the principal."""
    known = {str(each.get("servicePrincipalSecretId") or each["id"]) for each in
             deployed.of_type(SECRET)}  # fmt: skip
    looker.step("the secrets of the service principal")
    path, seen = f"{accounts}/servicePrincipals/{who.numeric_id}/credentials/secrets", set()
    for secret in account.service_principal_secrets.list(who.numeric_id):
        identifier, ended = str(secret.id), is_past(secret.expire_time)
        seen.add(identifier)
        if identifier in known and ended:
            what = f"OAuth secret {identifier} has expired ({secret.expire_time})"
            yield line("lack", what, DEPLOYER, REFRESH)
        elif identifier not in known:
            verdict: Verdict = "note" if ended else "extra"
            what = f"another OAuth secret signs in ({identifier}, made {secret.create_time})"
            if ended:
                what = f"another OAuth secret has expired ({identifier}, {secret.expire_time})"
            yield line(verdict, what, DEPLOYER, api("delete", f"{path}/{identifier}"))
    for identifier in sorted(known - seen):
        yield line("lack", f"OAuth secret {identifier} is gone", DEPLOYER, REFRESH)
    if known & seen:
        what = f"{len(known & seen)} of {len(seen)} OAuth secrets are of this stack"
        yield line("ok", what, DEPLOYER)


def tokens(looker: Client, deployed: Deployed, who: Identity) -> Iterator[Line]:
    """Its personal access tokens, whoever made them."""
    known = {str(each["id"]) for each in deployed.of_type(TOKEN)}
    looker.step("the tokens of the service principal")
    seen = set()
    for token in looker.api.token_management.list():
        if str(token.owner_id) != who.numeric_id:
            continue
        identifier, ended = str(token.token_id), has_ended(token)
        seen.add(identifier)
        if identifier in known and ended:
            what = f"personal access token {identifier} has expired"
            yield line("lack", what, DEPLOYER, REFRESH)
        elif identifier not in known:
            by = f", made by {token.created_by_username}" if token.created_by_username else ""
            verdict: Verdict = "note" if ended else "extra"
            words = "has expired" if ended else "signs in"
            what = f"another personal access token {words} ({identifier}{by})"
            fix = api("delete", f"/api/2.0/token-management/tokens/{identifier}")
            yield line(verdict, what, DEPLOYER, fix)
    for identifier in sorted(known - seen):
        yield line("lack", f"personal access token {identifier} is gone", DEPLOYER, REFRESH)
    if known & seen:
        what = f"{len(known & seen)} of {len(seen)} personal access tokens are of this stack"
        yield line("ok", what, DEPLOYER)
    elif not known and not seen:
        yield line("ok", "signs in by no personal access token", DEPLOYER)


def token_use(looker: Client, who: Identity, settings: DatabricksSettings) -> Iterator[Line]:
    """Who may have personal access tokens; ours only if it signs in by one."""
    looker.step("who may use personal access tokens")
    path = "/api/2.0/permissions/authorization/tokens"
    try:
        listed = entries_of(looker.api.permissions.get("authorization", "tokens"))
    except NotFound:
        return
    for _, name, level in listed:
        ours = name == who.application_id and settings.credential != "pat"
        if not ours and name != USERS:
            continue
        kept = [{key: one, "permission_level": held} for key, one, held in listed if one != name]
        fix = api("put", path, {"access_control_list": kept})
        what = f"{level} of personal access tokens"
        if ours:
            yield line("extra", what, DEPLOYER, fix, shown="grants")
        else:
            yield line("note", what, DEPLOYER, through=USERS, shown="grants")


def roles(looker: Client, account: AccountClient, who: Identity, accounts: str) -> Iterator[Line]:
    """Of the principal in the account."""
    looker.step("the roles of the service principal in the account")
    for role in account.service_principals_v2.get(who.numeric_id).roles or []:
        path = f"{accounts}/scim/v2/ServicePrincipals/{who.numeric_id}"
        fix = scim(path, "roles", str(role.value))
        yield line("extra", f"role {role.value} in the account", DEPLOYER, fix)


def roles_on_it(
    looker: Client,
    account: AccountClient,
    who: Identity,
    settings: DatabricksSettings,
    maker: str,
    me: str,
) -> Iterator[Line]:
    """Who may run as the principal, or say who may. Who makes one manages it.

    Args:
        maker: whom Databricks names; empty if nobody.
        me: who looks. That one may have made it, and may have made itself a manager: which of the
            two, Databricks does not say.
    """
    looker.step("who has a role on the service principal")
    account_id = settings.databricks_account_id
    name = f"accounts/{account_id}/servicePrincipals/{who.application_id}/ruleSets/default"
    found = account.access_control.get_rule_set(name, "")
    kept, extras = list[dict[str, object]](), list[tuple[str, str]]()
    for rule in found.grant_rules or []:
        manages = rule.role.endswith(".manager")
        stay = [
            each
            for each in rule.principals or []
            if manages and each.partition("/")[2] in {maker, me} - {""}
        ]
        extras += [(each, rule.role) for each in rule.principals or [] if each not in stay]
        kept += [{"role": rule.role, "principals": stay}] if stay else []
        for each in stay:
            if each.partition("/")[2] == maker:
                what = f"{each} made the OAuth app of this stack, and manages the service account"
                yield line("ok", what, DEPLOYER)
            else:
                named = f"{maker} as the maker" if maker else "no maker"
                what = (
                    f"{each}, the sign-in that looks, manages the service account; whether it "
                    f"should was not seen: Databricks names {named} of the OAuth app"
                )
                hint = "Verify with the sign-in of `pulumi up`."
                yield line("unseen", what, DEPLOYER, hint=hint, name=f"manager:{each}")
    body = {"name": name, "etag": found.etag, "grant_rules": kept}
    path = f"/api/2.0/preview/accounts/{account_id}/access-control/rule-sets"
    for each, role in extras:
        # One command for all of them: it is good for the rule set as it was seen, and once.
        fix = api("put", path, {"name": name, "rule_set": body})
        what = f"{each} {MEANING.get(role, 'has a role on the service account')} ({role})"
        yield line("extra", what, DEPLOYER, fix)
    if not extras:
        yield line("ok", "has no other manager, and no user runs as it", DEPLOYER)


def federation(
    looker: Client, account: AccountClient, who: Identity, accounts: str
) -> Iterator[Line]:
    """Whose tokens sign in as the principal without a credential of it."""
    looker.step("federation policies")
    path = f"{accounts}/servicePrincipals/{who.numeric_id}/federationPolicies"
    for each in account.service_principal_federation_policy.list(int(who.numeric_id)):
        oidc = each.oidc_policy
        subject = oidc.subject if oidc else ""
        what = f"tokens of {oidc.issuer if oidc else 'another issuer'} for {subject} sign in as it"
        yield line("extra", what, DEPLOYER, api("delete", f"{path}/{each.policy_id}"))
    for each in account.federation_policy.list():
        issuer = each.oidc_policy.issuer if each.oidc_policy else "another issuer"
        what = f"tokens of {issuer} sign in as whom they name, users and service principals"
        fix = api("delete", f"{accounts}/federationPolicies/{each.policy_id}")
        yield line("extra", what, DEPLOYER, fix)


def other_workspaces(
    looker: Client,
    account: AccountClient,
    who: Identity,
    settings: DatabricksSettings,
    accounts: str,
) -> Iterator[Line]:
    """One is declared."""
    looker.step("the account's workspaces")
    count, skipped = 0, dict[str, str]()
    for workspace in account.workspaces.list():
        identifier = str(workspace.workspace_id)
        if identifier == settings.databricks_workspace_id:
            continue
        looker.step(f"who is assigned to workspace {workspace.workspace_name}")
        try:
            assigned = list(account.workspace_assignment.list(int(identifier)))
        except NotFound:
            skipped[identifier] = str(workspace.workspace_name)
            continue
        except DatabricksError as error:
            if NO_ASSIGNMENTS in str(error):
                skipped[identifier] = str(workspace.workspace_name)
                continue
            raise
        count += 1
        if any(str(each.principal and each.principal.principal_id) == who.numeric_id for each in
               assigned):  # fmt: skip
            path = f"{accounts}/workspaces/{identifier}/permissionassignments/principals"
            fix = api("delete", f"{path}/{who.numeric_id}")
            what = f"is assigned to workspace {workspace.workspace_name} ({identifier}), too"
            yield line("extra", what, DEPLOYER, fix)
    yield line("ok", f"was looked for in {count} other workspaces", DEPLOYER)
    for identifier, name in skipped.items():
        what = f"who is assigned to workspace {name} ({identifier}): the account does not tell"
        yield line("unseen", what, DEPLOYER, name=f"workspace:{identifier}")


def addresses(looker: Client) -> Iterator[Line]:
    """From where the workspace lets it in: that is the workspace's, and for everybody alike."""
    looker.step("the workspace's IP access lists")
    conf = dict(looker.api.workspace_conf.get_status(IP_LISTS_ON))
    if conf.get(IP_LISTS_ON) != "true":
        what = "signs in from any address: the workspace's IP access lists are off"
        yield line("note", what, DEPLOYER, through=USERS)
        return
    allowed = 0
    for each in looker.api.ip_access_lists.list():
        if not each.enabled or each.list_type is not ListType.ALLOW:
            continue
        allowed += 1
        wide = [one for one in each.ip_addresses or [] if _is_everywhere(one)]
        if wide:
            what = f"IP access list {each.label} lets any address in ({', '.join(wide)})"
            fix = api("delete", f"/api/2.0/ip-access-lists/{each.list_id}")
            yield line("extra", what, DEPLOYER, fix, through=USERS)
    words = "as they say" if allowed else "from any address, for none of them allows one"
    what = f"the workspace's IP access lists are on, and let in {words}"
    yield line("note", what, DEPLOYER, through=USERS)


def _is_everywhere(text: str) -> bool:
    """A half of all addresses, or more."""
    try:
        return ipaddress.ip_network(text, strict=False).prefixlen <= 1
    except ValueError:
        return False


def has_ended(token: TokenInfo) -> bool:
    """Whether a personal access token has expired; one without an end has none, or -1."""
    ends = token.expiry_time or -1
    return 0 < ends <= datetime.now(UTC).timestamp() * 1000


def is_past(text: str | None) -> bool:
    try:
        end = datetime.fromisoformat(text or "")
    except ValueError:
        return False
    return (end if end.tzinfo else end.replace(tzinfo=UTC)) <= datetime.now(UTC)
