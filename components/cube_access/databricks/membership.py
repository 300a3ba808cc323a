"""Waits for what Databricks makes visible late, and reads what the plugin does not tell.

A service principal assigned to a workspace takes a while to appear there; until then the workspace
answers 404 to whoever names it, and the plugin takes that for an error.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pulumi

from cube_access.databricks.client import workspace_client
from cube_access.provider.definition import Definition, Property
from cube_access.provider.lifecycle import Lifecycle, ProviderError, Values
from cube_access.provider.resource import Resource

WAIT_SECONDS = 180
MAXIMUM_PAUSE_SECONDS = 8


HOST = Property(description="The workspace's host name.", replaces=True)

IDENTITY = Definition(
    module="databricks",
    name="WorkspaceIdentity",
    description="Exists if the workspace has this id. Changes nothing.",
    inputs={
        "host": HOST,
        "workspaceId": Property(description="The id that it must have.", replaces=True),
    },
)


class WorkspaceIdentityLifecycle(Lifecycle):
    """Asks the workspace once, when it is made."""

    definition = IDENTITY

    def create(self, inputs: Values) -> tuple[str, Values]:
        client = workspace_client(inputs["host"], self.sign_in)
        found = str(client.get_workspace_id())
        if found != inputs["workspaceId"]:
            raise ProviderError(
                f"the workspace {inputs['host']} has the id {found}, not {inputs['workspaceId']}. "
                "Nothing was changed. Correct the workspace's id or its host."
            )
        return found, inputs


class WorkspaceIdentity(Resource):
    """Exists if the workspace has this id. Otherwise the service principal would be assigned to one
    workspace and be given its entitlements and grants in another.
    """

    definition = IDENTITY

    def __init__(
        self,
        name: str,
        *,
        host: pulumi.Input[str],
        workspace_id: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, {"host": host, "workspaceId": workspace_id}, opts)


MEMBERSHIP = Definition(
    module="databricks",
    name="WorkspaceMembership",
    description="Exists once the workspace knows the principal. Changes nothing.",
    inputs={
        "host": HOST,
        "principalId": Property(description="The service principal's SCIM id.", replaces=True),
    },
)


class WorkspaceMembershipLifecycle(Lifecycle):
    """Waits, when it is made."""

    definition = MEMBERSHIP

    def create(self, inputs: Values) -> tuple[str, Values]:
        from databricks.sdk.errors import NotFound

        client = workspace_client(inputs["host"], self.sign_in)
        deadline = time.monotonic() + WAIT_SECONDS
        pause = 0.5
        while True:
            try:
                client.service_principals.get(inputs["principalId"])
            except NotFound as error:
                if self.cancelled.is_set():
                    raise ProviderError(
                        "cancelled while waiting for the workspace to know service principal "
                        f"{inputs['principalId']}. Nothing is lost: run `pulumi up` again."
                    ) from error
                if time.monotonic() > deadline:
                    raise ProviderError(
                        f"service principal {inputs['principalId']} is assigned to workspace "
                        f"{inputs['host']} but did not appear there within {WAIT_SECONDS} s. "
                        "Nothing is lost: run `pulumi up` again."
                    ) from error
                self.cancelled.wait(pause)
                pause = min(2 * pause, MAXIMUM_PAUSE_SECONDS)
            else:
                return inputs["principalId"], inputs


class WorkspaceMembership(Resource):
    """Exists once the workspace knows the principal. Wants nothing on destroy: the assignment goes
    by itself.
    """

    definition = MEMBERSHIP

    def __init__(
        self,
        name: str,
        *,
        host: pulumi.Input[str],
        principal_id: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, {"host": host, "principalId": principal_id}, opts)


EXPIRY = Definition(
    module="databricks",
    name="TokenExpiry",
    description="When a personal access token began and ends. Changes nothing.",
    inputs={
        "host": HOST,
        "tokenId": Property(description="The token's id.", replaces=True),
    },
    outputs={
        "createTime": Property(description="RFC 3339."),
        "expireTime": Property(description="RFC 3339."),
    },
)


class TokenExpiryLifecycle(Lifecycle):
    """Asks the workspace once, when it is made."""

    definition = EXPIRY

    def create(self, inputs: Values) -> tuple[str, Values]:
        client = workspace_client(inputs["host"], self.sign_in)
        info = client.token_management.get(inputs["tokenId"]).token_info
        if info is None or not info.creation_time or not info.expiry_time:
            raise ProviderError(f"Databricks tells no lifetime of token {inputs['tokenId']}")
        times = {
            "createTime": _rfc3339(info.creation_time),
            "expireTime": _rfc3339(info.expiry_time),
        }
        return inputs["tokenId"], {**inputs, **times}


def _rfc3339(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="seconds")


class TokenExpiry(Resource):
    """When a personal access token began and ends: the plugin's token resource does not say."""

    definition = EXPIRY

    def __init__(
        self,
        name: str,
        *,
        host: pulumi.Input[str],
        token_id: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, {"host": host, "tokenId": token_id}, opts)

    @property
    def create_time(self) -> pulumi.Output[str]:
        """RFC 3339."""
        return self.output("createTime")

    @property
    def expire_time(self) -> pulumi.Output[str]:
        """RFC 3339."""
        return self.output("expireTime")
