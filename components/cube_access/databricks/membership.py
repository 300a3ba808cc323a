"""Waits for what Databricks makes visible late, and reads what the plugin does not tell.

A service principal assigned to a workspace takes a while to appear there; until then the workspace
answers 404 to whoever names it, and the plugin takes that for an error.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult

from cube_access.dynamic import Provider, ProviderError, Resource, replaced_by

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

WAIT_SECONDS = 180
MAXIMUM_PAUSE_SECONDS = 8


def workspace_client(host: str) -> WorkspaceClient:
    """A client for one workspace that signs in as the deployer does for the plugin: by DATABRICKS_*
    or a profile.
    """
    # Imported here: a second of start-up that a preview without changes need not pay.
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.config import Config

    # The SDK's own five minutes of retries make an unreachable host look like a hang.
    config = Config(host=f"https://{host}", http_timeout_seconds=30, retry_timeout_seconds=120)
    return WorkspaceClient(config=config)


class _IdentityProvider(Provider):
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return replaced_by(olds, news, "host", "workspace_id")

    def create(self, props: dict[str, Any]) -> CreateResult:
        found = str(workspace_client(props["host"]).get_workspace_id())
        if found != props["workspace_id"]:
            raise ProviderError(
                f"the workspace {props['host']} has the id {found}, not {props['workspace_id']}. "
                "Nothing was changed. Correct cube-access:databricksWorkspaceId or "
                "databricksWorkspaceHost."
            )
        return CreateResult(found, props)


class WorkspaceIdentity(Resource, module="databricks", name="WorkspaceIdentity"):
    """Exists if the workspace has this id. Otherwise the service principal would be assigned to one
    workspace and be given its entitlements and grants in another.
    """

    def __init__(
        self,
        name: str,
        *,
        host: pulumi.Input[str],
        workspace_id: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {"host": host, "workspace_id": workspace_id}
        super().__init__(_IdentityProvider(), name, properties, opts)


class _MembershipProvider(Provider):
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return replaced_by(olds, news, "host", "principal_id")

    def create(self, props: dict[str, Any]) -> CreateResult:
        from databricks.sdk.errors import NotFound

        client = workspace_client(props["host"])
        deadline = time.monotonic() + WAIT_SECONDS
        pause = 0.5
        while True:
            try:
                client.service_principals.get(props["principal_id"])
            except NotFound as error:
                if time.monotonic() > deadline:
                    raise ProviderError(
                        f"service principal {props['principal_id']} is assigned to workspace "
                        f"{props['host']} but did not appear there within {WAIT_SECONDS} s. "
                        "Nothing is lost: run `pulumi up` again."
                    ) from error
                time.sleep(pause)
                pause = min(2 * pause, MAXIMUM_PAUSE_SECONDS)
            else:
                return CreateResult(props["principal_id"], props)


class WorkspaceMembership(Resource, module="databricks", name="WorkspaceMembership"):
    """Exists once the workspace knows the principal. Wants nothing on destroy: the assignment goes
    by itself.
    """

    def __init__(
        self,
        name: str,
        *,
        host: pulumi.Input[str],
        principal_id: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(
            _MembershipProvider(), name, {"host": host, "principal_id": principal_id}, opts
        )


class _TokenExpiryProvider(Provider):
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        return replaced_by(olds, news, "host", "token_id")

    def create(self, props: dict[str, Any]) -> CreateResult:
        info = workspace_client(props["host"]).token_management.get(props["token_id"]).token_info
        if info is None or not info.creation_time or not info.expiry_time:
            raise ProviderError(f"Databricks tells no lifetime of token {props['token_id']}")
        times = {
            "create_time": _rfc3339(info.creation_time),
            "expire_time": _rfc3339(info.expiry_time),
        }
        return CreateResult(props["token_id"], {**props, **times})


def _rfc3339(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds")


class TokenExpiry(Resource, module="databricks", name="TokenExpiry"):
    """When a personal access token began and ends: the plugin's token resource does not say."""

    create_time: pulumi.Output[str]
    expire_time: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        host: pulumi.Input[str],
        token_id: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {"host": host, "token_id": token_id, "create_time": None, "expire_time": None}
        super().__init__(_TokenExpiryProvider(), name, properties, opts)
