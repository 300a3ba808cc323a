"""Why the service account cannot sign in, as the deployer sees it.

Databricks says "invalid_client" of a secret that is wrong, gone or has expired, and of a principal
that is gone, deactivated or has no place in the workspace. Owns telling them apart.
"""

from __future__ import annotations

from collections.abc import Iterator

from databricks.sdk import AccountClient
from databricks.sdk.errors import NotFound

from cube_access.settings import DatabricksSettings
from cube_access.verify.databricks.client import Client
from cube_access.verify.databricks.identity import Identity, assignment
from cube_access.verify.databricks.looks import PATCH, api
from cube_access.verify.databricks.ways import has_ended, is_past
from cube_access.verify.deployed import Deployed
from cube_access.verify.findings import DEPLOYER, REFRESH, Line
from cube_access.verify.looks import line

CANNOT = "cannot sign in: "
ASK_THE_DEPLOYER = (
    "Its credential may be wrong, gone or expired, or the service principal deleted, deactivated "
    "or without a place in the workspace: `--deployer` looks which."
)


def why(
    looker: Client,
    account: AccountClient,
    deployed: Deployed,
    settings: DatabricksSettings,
    who: Identity,
    refusal: str,
) -> Iterator[Line]:
    """Each cause that can be seen, with what mends it.

    Args:
        refusal: what Databricks said at the sign-in.

    Raises:
        DatabricksError: the deployer may not look.
    """
    looker.step("why the service account cannot sign in")
    accounts = f"/api/2.0/accounts/{settings.databricks_account_id}"
    causes = []
    try:
        principal = account.service_principals_v2.get(who.numeric_id)
    except NotFound:
        what = f"{CANNOT}the service principal {who.application_id} is deleted"
        yield line("lack", what, DEPLOYER, REFRESH)
        return
    if principal.active is False:
        activate = {"op": "replace", "path": "active", "value": True}
        body = {"schemas": [PATCH], "Operations": [activate]}
        path = f"{accounts}/scim/v2/ServicePrincipals/{who.numeric_id}"
        causes.append(("the service principal is deactivated", api("patch", path, body)))
    found = account.workspace_assignment.list(int(settings.databricks_workspace_id))
    ids = {str(each.principal and each.principal.principal_id) for each in found}
    if who.numeric_id not in ids:
        what = f"it is not assigned to workspace {settings.databricks_workspace_id}"
        causes.append((what, f"{assignment(who, settings)}\n{REFRESH}"))
    causes += [(what, REFRESH) for what in _credential(looker, account, deployed, who)]
    if not causes:
        what = f"{CANNOT}{refusal}; its credential, principal and assignment are there"
        yield line("lack", what, DEPLOYER, REFRESH)
    for what, fix in causes:
        yield line("lack", f"{CANNOT}{what}", DEPLOYER, fix)


def _credential(
    looker: Client, account: AccountClient, deployed: Deployed, who: Identity
) -> Iterator[str]:
    """What is wrong with the stored one."""
    if "clientSecret" in deployed.credential:
        identifier = deployed.credential.get("oauthSecretId", "")
        secrets = {str(s.id): s for s in account.service_principal_secrets.list(who.numeric_id)}
        if identifier not in secrets:
            yield f"its OAuth secret {identifier} is gone"
        elif is_past(secrets[identifier].expire_time):
            yield f"its OAuth secret {identifier} expired at {secrets[identifier].expire_time}"
        return
    identifier = deployed.credential.get("tokenId", "")
    tokens = {str(each.token_id): each for each in looker.api.token_management.list()}
    if identifier not in tokens:
        yield f"its personal access token {identifier} is gone"
    elif has_ended(tokens[identifier]):
        yield f"its personal access token {identifier} has expired"
