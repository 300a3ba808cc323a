"""The clients by which the plugin speaks to an account and to a workspace.

Each is made once in a process and kept: a new one asks the host what it is and signs in, which is
three calls before the one that is wanted. The SDK's clients may be used by several threads and
fetch a new token themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar

from cube_access.provider.lifecycle import SignIn

if TYPE_CHECKING:
    from databricks.sdk import AccountClient, WorkspaceClient
    from databricks.sdk.config import Config

Client = TypeVar("Client")
_kept: dict[tuple[object, ...], Any] = {}
_making: dict[tuple[object, ...], Lock] = {}


def workspace_client(host: str, sign_in: SignIn) -> WorkspaceClient:
    """A client for one workspace. Where `sign_in` is empty it signs in as the deployer does for the
    Databricks plugin: by DATABRICKS_* or a profile.
    """
    # Imported here: a second of start-up that a preview without changes need not pay.
    from databricks.sdk import WorkspaceClient

    return _once((host, sign_in), lambda: WorkspaceClient(config=_config(host, sign_in)))


def account_client(host: str, account_id: str, sign_in: SignIn) -> AccountClient:
    """A client for one account, signed in alike.

    Args:
        host: of the account console.
    """
    from databricks.sdk import AccountClient

    return _once(
        (host, account_id, sign_in),
        lambda: AccountClient(config=_config(host, sign_in, account_id=account_id)),
    )


def forget() -> None:
    """For a process whose sign-in changes, as a test's does: the next client is made anew."""
    _kept.clear()


def _once(key: tuple[object, ...], make: Callable[[], Client]) -> Client:
    """One that cannot be made is not kept: the next caller tries again."""
    with _making.setdefault(key, Lock()):
        if key not in _kept:
            _kept[key] = make()
        found: Client = _kept[key]
        return found


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
