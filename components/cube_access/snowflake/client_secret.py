"""The OAuth client's id and secret, as Snowflake shows them.

No field of the plugin gives them: `Execute` runs SYSTEM$SHOW_OAUTH_CLIENT_SECRETS, and a query of
its that fails is only a warning there, after which the result is gone. So what was read last is
kept here, and a result that is gone stops the preview.
"""

from __future__ import annotations

import json
from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, UpdateResult

from cube_access.dynamic import Provider, Resource


def slot(version: int) -> str:
    """An integration has two secrets, valid side by side: odd versions are the first, even ones the
    second.
    """
    return "OAUTH_CLIENT_SECRET" if version % 2 else "OAUTH_CLIENT_SECRET_2"


def _read(results: Any) -> dict[str, str]:
    """The credentials in a query's result; empty if there is none."""
    try:
        return dict(json.loads(next(iter(results[0].values()))))
    except (TypeError, LookupError, StopIteration, ValueError, AttributeError):
        return {}


def _outputs(props: dict[str, Any]) -> dict[str, Any]:
    found = _read(props["results"])
    credentials = {
        "client_id": found["OAUTH_CLIENT_ID"],
        "client_secret": found.get(slot(int(props["version"])), ""),
    }
    return {**props, **credentials}


class _ClientSecretProvider(Provider):
    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        results = news["results"]
        if not (results is None or isinstance(results, list)):
            return CheckResult(news, [])  # not known before the integration is there
        if "OAUTH_CLIENT_ID" in _read(results):
            return CheckResult(news, [])
        kept = "The last known ones are kept. " if olds else ""
        reason = (
            f"Snowflake did not show the client id and secret of {news['integration']}. {kept}"
            "Check that the integration exists and that cube-access:integrationRole owns it, then "
            "run `pulumi up --refresh`."
        )
        return CheckResult(news, [CheckFailure("client credentials", reason)])

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        changed = any(olds[key] != news[key] for key in ("integration", "version", "results"))
        return DiffResult(changes=changed)

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult("client-secret", _outputs(props))

    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(_outputs(news))


class ClientSecret(Resource, module="snowflake", name="ClientSecret"):
    """An OAuth integration's credentials, from the result of the query for them. All secret."""

    client_id: pulumi.Output[str]
    client_secret: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        integration: pulumi.Input[str],
        version: int,
        results: pulumi.Input[Any],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "integration": integration,
            "version": version,
            "results": results,
            "client_id": None,
            "client_secret": None,
        }
        secret = ["results", "client_id", "client_secret"]
        options = pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(additional_secret_outputs=secret)
        )
        super().__init__(_ClientSecretProvider(), name, properties, options)
