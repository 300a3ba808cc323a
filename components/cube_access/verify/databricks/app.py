"""The OAuth app as it is configured now: where people's codes go, for what, and for how long.

Owns its comparison with what is declared. Whether there is a second one is `doubles.py`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from databricks.sdk import AccountClient
from databricks.sdk.errors import NotFound
from databricks.sdk.service.oauth2 import GetCustomAppIntegrationOutput

from cube_access.settings import DatabricksSettings
from cube_access.verify.databricks.client import Client
from cube_access.verify.databricks.doubles import APP, not_listed
from cube_access.verify.databricks.looks import api
from cube_access.verify.deployed import Deployed
from cube_access.verify.findings import DEPLOYER, REFRESH, Line
from cube_access.verify.looks import line


def live(account: AccountClient, deployed: Deployed) -> GetCustomAppIntegrationOutput | None:
    """The stack's app; None if it is not there."""
    for each in deployed.of_type(APP):
        try:
            return account.custom_app_integration.get(_identifier(each))
        except NotFound:
            continue
    return None


def _identifier(resource: Mapping[str, Any]) -> str:
    return str(resource.get("integrationId") or resource["id"])


def app(
    looker: Client, account: AccountClient, deployed: Deployed, settings: DatabricksSettings
) -> Iterator[Line]:
    """As the account has it, beside what is declared."""
    looker.step("the OAuth app")
    found = live(account, deployed)
    if found is None:
        # Without a resource of it the state still tells of one that was intended: see `doubles.py`.
        for each in deployed.of_type(APP):
            yield line("lack", not_listed("app", _identifier(each)), DEPLOYER, REFRESH)
        return
    path = (
        f"/api/2.0/accounts/{settings.databricks_account_id}/oauth2/custom-app-integrations/"
        f"{found.integration_id}"
    )
    lines = [
        *_lists(found, settings, path),
        *_lifetimes(found, settings, path),
    ]
    confidential = settings.oauth_client_type == "confidential"
    if confidential and not found.confidential:
        what = "the OAuth app is public: a code is enough, without the app's secret"
        lines.append(line("extra", what, DEPLOYER, REFRESH))
    elif found.confidential and not confidential:
        what = "the OAuth app is confidential, and wants a secret that Cube has not"
        lines.append(line("lack", what, DEPLOYER, REFRESH))
    yield from lines
    if not lines:
        what = "the OAuth app has the addresses, scopes and lifetimes that are declared"
        yield line("ok", what, DEPLOYER)


def _lists(
    found: GetCustomAppIntegrationOutput, settings: DatabricksSettings, path: str
) -> Iterator[Line]:
    declared = {"redirect_urls": settings.redirect_uris, "scopes": settings.oauth_scopes}
    words = {
        "redirect_urls": ("sends people's codes to {}", "does not send codes to {}"),
        "scopes": ("gives tokens of scope {}", "gives no tokens of scope {}"),
    }
    for key, wanted in declared.items():
        has, (more, less) = set(getattr(found, key) or ()), words[key]
        fix = api("patch", path, {key: list(wanted)})
        for each in sorted(has - set(wanted)):
            yield line("extra", f"the OAuth app {more.format(each)}", DEPLOYER, fix)
        for each in sorted(set(wanted) - has):
            yield line("lack", f"the OAuth app {less.format(each)}", DEPLOYER, fix)


def _lifetimes(
    found: GetCustomAppIntegrationOutput, settings: DatabricksSettings, path: str
) -> Iterator[Line]:
    wanted: dict[str, int | bool] = {
        "access_token_ttl_in_minutes": settings.access_token_minutes,
        "refresh_token_ttl_in_minutes": settings.refresh_token_minutes,
    }
    once = settings.single_use_refresh_tokens
    if once != "unset":
        wanted["enable_single_use_refresh_tokens"] = once == "true"
    policy = found.token_access_policy.as_dict() if found.token_access_policy else {}
    fix = api("patch", path, {"token_access_policy": wanted})
    for key, name in (
        ("access_token_ttl_in_minutes", "access tokens"),
        ("refresh_token_ttl_in_minutes", "refresh tokens"),
    ):
        has = policy.get(key)
        if has is None:
            what = f"the OAuth app has no lifetime of {name}, so that Databricks' own holds"
            yield line("lack", what, DEPLOYER, fix)
        elif has != wanted[key]:
            longer = has > wanted[key]
            what = f"{name} of the OAuth app live {has} minutes, not {wanted[key]}"
            yield line("extra" if longer else "lack", what, DEPLOYER, fix)
    key = "enable_single_use_refresh_tokens"
    if key in wanted and bool(policy.get(key)) is not wanted[key]:
        words = "once" if policy.get(key) else "again and again"
        what = f"a refresh token of the OAuth app is good {words}"
        yield line("lack" if policy.get(key) else "extra", what, DEPLOYER, fix)
