"""Waits for what Databricks makes visible late, and reads what the plugin does not tell.

A service principal assigned to a workspace takes a while to appear there; until then the workspace
answers 404 to whoever names it, and the plugin takes that for an error.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pulumi

from cube_access.databricks.client import workspace_client
from cube_access.offline import offline
from cube_access.provider.definition import TRUTH, Definition, Property
from cube_access.provider.lifecycle import Diff, Failure, Lifecycle, ProviderError, Values
from cube_access.provider.resource import Resource
from cube_access.provider.values import UNKNOWN
from cube_access.trouble import OF_THE_WAY, told, trouble

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

UNIFIED = "unified"
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
        "accountHost": Property(
            description=(
                "The address of the account console, which must not serve workspaces as well."
            ),
            optional=True,
        ),
        "serverless": Property(
            description="Whether a serverless SQL warehouse is going to be made there.",
            type=TRUTH,
            optional=True,
        ),
    },
)


class WorkspaceIdentityLifecycle(Lifecycle):
    """Asks the workspace once, before it is made: in the preview, and again in the `up`."""

    definition = IDENTITY

    def check(self, olds: Values, news: Values) -> list[Failure]:
        host = news["host"]
        # Of what was there before, only a serverless warehouse can be new.
        is_new = not olds or olds.get("serverless") is False
        serverless = news.get("serverless") is True and is_new
        if offline() or host is UNKNOWN or (olds and not serverless):
            return []
        try:
            problem = "" if olds else self._serves_both(host, news.get("accountHost"))
            if not olds and not problem:
                problem = self._other_id(host, news["workspaceId"])
            if serverless and not problem:
                problem = self._no_serverless(host)
        except Exception as error:
            return [Failure("host", told("Databricks", trouble(error), f"the workspace {host}"))]
        return [Failure("workspaceId", problem)] if problem else []

    def diff(self, identifier: str, olds: Values, news: Values) -> Diff:
        found = super().diff(identifier, olds, news)
        # What is asked before something is made is no property of the workspace.
        changed = [key for key in found.changed if key not in ("serverless", "accountHost")]
        return Diff(changed=changed, replaces=found.replaces)

    def create(self, inputs: Values) -> tuple[str, Values]:
        if problem := self._other_id(inputs["host"], inputs["workspaceId"]):
            raise ProviderError(problem)
        return inputs["workspaceId"], inputs

    def _serves_both(self, workspace: object, account: object) -> str:
        """Why the plugin could not tell account from workspace; empty if it can."""
        for host in [str(each) for each in (workspace, account) if each and each is not UNKNOWN]:
            if host_type(host.removeprefix("https://")) == UNIFIED:
                text = (
                    f"{host} calls itself {UNIFIED}: it serves an account and its workspaces. "
                    "There, newer Databricks plugins want `api` on the service principal, its "
                    "secret and groups, which this version of cube-access does not set, so nothing "
                    "is made."
                )
                # The account's follows from the workspace's, and cannot be named.
                own = " Name the workspace's own host, which serves nothing else."
                return text + (own if host == str(workspace) else "")
        return ""

    def _other_id(self, host: str, expected: object) -> str:
        """Why it is another workspace; empty if it is the one that is meant."""
        found = workspace_id(workspace_client(host, self.sign_in))
        if expected is UNKNOWN or found == expected:
            return ""
        return (
            f"the workspace {host} has the id {found}, not {expected}. "
            "Correct the workspace's id or its host."
        )

    def _no_serverless(self, host: str) -> str:
        """Why no serverless SQL warehouse can be made there; empty if nothing speaks against it."""
        client = workspace_client(host, self.sign_in)
        try:
            enabled = client.warehouses.get_workspace_warehouse_config().enable_serverless_compute
        except Exception as error:
            if trouble(error).kind in OF_THE_WAY:
                raise
            return ""  # only admins may look; Databricks itself refuses later, if it does
        if enabled is not False:
            return ""
        return (
            f"the workspace {host} has serverless SQL warehouses switched off. Set "
            "sqlWarehouseServerless to false, name an existing SQL warehouse (sqlWarehouseId), or "
            "have an account admin enable them."
        )


def host_type(host: str) -> str:
    """What a host calls itself, to anybody; empty: it does not say."""
    # Of the SDK, whose own reader of this document leaves the type out.
    import requests

    answer = requests.get(f"https://{host}/.well-known/databricks-config", timeout=30)
    try:
        found = answer.json() if answer.ok else {}
    except ValueError:  # the page of a proxy or of a sign-in
        return ""
    return str(found.get("host_type") or "").lower() if isinstance(found, dict) else ""


def workspace_id(client: WorkspaceClient) -> str:
    """What the workspace itself says, to who is signed in. The SDK's own method believes
    DATABRICKS_WORKSPACE_ID, a profile or what anybody can read, and asks nobody.
    """
    header = "X-Databricks-Org-Id"
    answer = client.api_client.do("GET", "/api/2.0/preview/scim/v2/Me", response_headers=[header])
    return str(dict(answer)[header])  # type: ignore[arg-type]


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
        account_host: pulumi.Input[str],
        serverless: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "host": host,
            "workspaceId": workspace_id,
            "accountHost": account_host,
            "serverless": serverless,
        }
        super().__init__(name, properties, opts)


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
    """Waits, when it is made; looks once at a refresh."""

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

    def read(self, identifier: str, outputs: Values) -> Values | None:
        """Gone with the assignment: made anew, it waits again before others name the principal."""
        from databricks.sdk.errors import NotFound

        client = workspace_client(outputs["host"], self.sign_in)
        try:
            client.service_principals.get(outputs["principalId"])
        except NotFound:
            return None
        return outputs


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
