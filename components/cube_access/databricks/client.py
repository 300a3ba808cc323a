"""The clients by which the plugin speaks to an account and to a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cube_access.provider.lifecycle import SignIn

if TYPE_CHECKING:
    from databricks.sdk import AccountClient, WorkspaceClient
    from databricks.sdk.config import Config


def workspace_client(host: str, sign_in: SignIn) -> WorkspaceClient:
    """A client for one workspace. Where `sign_in` is empty it signs in as the deployer does for the
    Databricks plugin: by DATABRICKS_* or a profile.
    """
    # Imported here: a second of start-up that a preview without changes need not pay.
    from databricks.sdk import WorkspaceClient

    return WorkspaceClient(config=_config(host, sign_in))


def account_client(host: str, account_id: str, sign_in: SignIn) -> AccountClient:
    """A client for one account, signed in alike.

    Args:
        host: of the account console.
    """
    from databricks.sdk import AccountClient

    return AccountClient(config=_config(host, sign_in, account_id=account_id))


def _config(host: str, sign_in: SignIn, **more: Any) -> Config:
    from databricks.sdk.config import Config

    chosen = {
        "client_id": sign_in.databricks_client_id,
        "client_secret": sign_in.databricks_client_secret,
        "profile": sign_in.databricks_profile,
    }
    given: dict[str, Any] = {key: value for key, value in chosen.items() if value}
    if sign_in.databricks_client_id:
        # Else a token in the environment would count as a second way to sign in.
        given["auth_type"] = "oauth-m2m"
    # The SDK's own five minutes of retries make an unreachable host look like a hang.
    return Config(
        host=f"https://{host}",
        http_timeout_seconds=30,
        retry_timeout_seconds=120,
        **given,
        **more,
    )
