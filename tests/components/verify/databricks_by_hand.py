"""A stack on the sandbox's Databricks that no engine applied: what one leaves there, and its state.

For tests of what verify sees. That an engine leaves just this, tests/integration/verify shows.
"""

from __future__ import annotations

from typing import Any

from cube_access.databricks.grants import reading, sentences
from cube_access.settings import DatabricksSettings
from cube_access.verify.deployed import Deployed
from sandbox import Sandbox
from sandbox.databricks.access import MANAGER
from sandbox.databricks.directory import Membership, ruled
from sandbox.databricks.world import ACCOUNT_ID, DEPLOYER_ID, WAREHOUSE_ID, WORKSPACE_HOST
from tests.components.roles.test_files import settings as settings_of

ACCOUNT_HOST = "accounts.cloud.databricks.com"
MARK = "cube-access:0123456789abcdef"
KINDS = ("catalog", "schema", "table")


def apply(sandbox: Sandbox, **changes: Any) -> tuple[Deployed, DatabricksSettings]:
    """As `pulumi up` leaves it; the second is what it was asked for."""
    settings = settings_of("sandbox-databricks", name="cube-dev", **changes)
    assert isinstance(settings, DatabricksSettings)
    state = sandbox.databricks
    deployer = state.directory.named(DEPLOYER_ID)
    assert deployer
    me = state.directory.add("service_principal", settings.name, external_id=MARK)
    state.access.rule_sets[me.name] = {MANAGER: [ruled(deployer)]}
    state.workspace.members[me.id] = Membership("USER")
    state.workspace.entitlements[me.id] = {"databricks-sql-access"}
    app = state.access.create_integration(
        {
            "name": settings.name,
            "confidential": True,
            "redirect_urls": list(settings.redirect_uris),
            "scopes": list(settings.oauth_scopes),
            "token_access_policy": {
                "access_token_ttl_in_minutes": settings.access_token_minutes,
                "refresh_token_ttl_in_minutes": settings.refresh_token_minutes,
            },
        },
        deployer,
    )
    privileges = reading(settings.schemas, settings.tables)
    for name, granted in privileges.items():
        state.unity.grant(KINDS[name.count(".")], name, me.name, *granted)
    warehouse, ours = settings.sql_warehouse_id or WAREHOUSE_ID, []
    if not settings.sql_warehouse_id:
        made = state.warehouses.add(state.workspace, {"name": settings.name}, DEPLOYER_ID)
        warehouse = made.id
        ours.append(_resource("databricks:index/sqlEndpoint:SqlEndpoint", warehouse))
    acl = state.warehouses.all[warehouse].acl
    for name in (me.name, *settings.user_groups):
        added = name not in acl
        acl.setdefault(name, "CAN_USE")
        ours.append(
            _resource("cube-access:databricks:Permission", f"warehouses/{warehouse}/{name}",
                      principal=name, ours=added)
        )  # fmt: skip
    document: dict[str, str] = {}
    if settings.credential == "m2m":
        secret = state.access.create_secret(me, f"{settings.credential_lifetime_days * 86_400}s")
        kind = "databricks:index/servicePrincipalSecret:ServicePrincipalSecret"
        ours.append(_resource(kind, secret.id, servicePrincipalSecretId=secret.id))
        document = {
            "clientId": me.name,
            "clientSecret": secret.value,
            "oauthSecretId": secret.id,
        }
    else:
        state.workspace.token_acl[me.name] = "CAN_USE"
        token = state.access.create_pat(me, state.workspace, 86_400, "cube-dev 1", deployer)
        ours.append(_resource("databricks:index/oboToken:OboToken", str(token.pat_id)))
        document = {"token": token.value, "tokenId": str(token.pat_id)}
    resources = [
        _resource("databricks:index/servicePrincipal:ServicePrincipal", str(me.id)),
        _resource("databricks:index/customAppIntegration:CustomAppIntegration", app.id,
                  integrationId=app.id, clientId=app.client_id),
        *_once("principal", settings.name, str(me.id)),
        *_once("app", settings.name, app.id),
        *ours,
    ]  # fmt: skip
    deployed = Deployed(
        stack="dev",
        component="cube",
        settings=settings,
        service_account=me.name,
        privileges=frozenset(sentences(privileges)),
        resources=resources,
        credential=document,
    )
    return deployed, settings


def _once(kind: str, name: str, identifier: str) -> list[dict[str, Any]]:
    place = {"kind": kind, "host": ACCOUNT_HOST, "accountId": ACCOUNT_ID, "name": name}
    made = {**place, "mark": MARK, "before": []}
    return [
        _resource("cube-access:databricks:Intent", kind, **made),
        _resource("cube-access:databricks:Settled", kind, **made, identifier=identifier),
    ]


def _resource(type_: str, id_: str, **outputs: Any) -> dict[str, Any]:
    return {"type": type_, "id": id_, "outputs": {"host": WORKSPACE_HOST, **outputs}}
