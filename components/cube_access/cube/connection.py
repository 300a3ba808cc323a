"""What a warehouse hands to Cube: the one contract between the folders of the warehouses and this
one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from cube_access.cube.cube_py import Credential


@dataclass(frozen=True, kw_only=True)
class OAuthApp:
    """The fields of Cube Cloud's OAuth-app form."""

    name: str
    auth_url: pulumi.Input[str]
    token_url: pulumi.Input[str]
    client_id: pulumi.Input[str]
    client_secret: pulumi.Input[str]
    """Secret; empty for a public client."""
    scopes: Sequence[pulumi.Input[str]]
    redirect_uris: Sequence[pulumi.Input[str]]


NO_OAUTH_APP = OAuthApp(
    name="",
    auth_url="",
    token_url="",
    client_id="",
    client_secret="",
    scopes=(),
    redirect_uris=("",),
)
"""The form where people need no app."""


@dataclass(frozen=True, kw_only=True)
class Connection:
    """One environment's way from Cube to its warehouse."""

    driver: str
    """Cube's name of it."""
    oauth_app: OAuthApp | None
    """None: Cube Cloud signs a token for each person itself."""
    env: Mapping[str, pulumi.Input[str]]
    """Cube's environment variables that are not secret."""
    secret_env: Mapping[str, pulumi.Output[str]]
    """Those that are."""
    stored_secret: pulumi.Output[str] | None
    """The service account's credential as one JSON document, in the shape that AWS can rotate.
    Secret. None: there is no credential to keep.
    """
    stored_secret_type: str
    """AWS's name of that shape; empty without one."""
    service_account_name: pulumi.Input[str]
    service_account_id: pulumi.Output[str]
    service_account_key: pulumi.Output[str]
    """The same, but such that no other account of the warehouse has it."""
    privileges: Sequence[str]
    """What the service account may do, one privilege and securable a line, sorted."""
    credential_expires: pulumi.Input[str]
    """RFC 3339 time at which the credential in use stops working, or a sentence if it does not."""
    credential: Credential = "secret"
    """What the service account signs in with."""
    steps: Sequence[pulumi.Input[str]] = ()
    """What a person has to do in Cube besides setting up the OAuth app and the variables."""
