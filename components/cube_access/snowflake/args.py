"""Args of SnowflakeAccess. What each means and holds, docs/configuration.md says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import pulumi

from cube_access.component.shapes import SECRET, AccessArgs, Args, SignInArgs


@dataclass(frozen=True, kw_only=True)
class SnowflakeSignInArgs(SignInArgs):
    """Who makes it all: a profile, or a user by a key pair."""

    WAYS: ClassVar[Sequence[Sequence[str]]] = (("profile",), ("user", "private_key"))
    BESIDES: ClassVar[Sequence[str]] = ("private_key_passphrase",)

    profile: str | None = field(
        default=None, metadata={"description": "A profile of the plugin's configuration file."}
    )
    user: pulumi.Input[str] | None = field(
        default=None, metadata={"description": "A user, by its login name."}
    )
    private_key: pulumi.Input[str] | None = field(
        default=None, metadata={"description": "Its private key: PKCS #8, PEM.", **SECRET}
    )
    private_key_passphrase: pulumi.Input[str] | None = field(
        default=None, metadata={"description": "What the private key is encrypted with.", **SECRET}
    )


@dataclass(frozen=True, kw_only=True)
class ExternalOauthArgs(Args):
    """An identity provider whose tokens Snowflake takes, and Cube as its client."""

    type: Literal["OKTA", "AZURE", "CUSTOM"]
    issuer: str
    jws_keys_url: str
    user_mapping_claim: str
    auth_url: str
    token_url: str
    client_id: pulumi.Input[str]
    scopes: Sequence[str]
    audience: str | None = None
    user_mapping_attribute: Literal["LOGIN_NAME", "EMAIL_ADDRESS"] | None = None


@dataclass(frozen=True, kw_only=True)
class CubeCloudIdentityArgs(Args):
    """Cube Cloud as the one who vouches for a deployment, and the deployment's name there."""

    tenant: str | None = None
    deployment_id: str | None = None
    issuer: str | None = None
    jws_keys_url: str | None = None
    audience: str | None = None
    subject: str | None = None
    integration: str | None = None
    allowed_roles: Sequence[str] | None = None


@dataclass(frozen=True, kw_only=True)
class CubeCloudSignInArgs(Args):
    """Cube Cloud as the one who vouches for people, and what it calls them."""

    tenant: str | None = None
    issuer: str | None = None
    jws_keys_url: str | None = None
    audience: str | None = None
    subject: Literal["{user_email}", "{username}", "{user_id}"] | None = None
    user_mapping_attribute: Literal["LOGIN_NAME", "EMAIL_ADDRESS"] | None = None
    integration: str | None = None
    allowed_roles: Sequence[str] | None = None


@dataclass(frozen=True, kw_only=True)
class SnowflakeAccessArgs(AccessArgs):
    """What Cube's access to a Snowflake account is to be."""

    account: pulumi.Input[str]

    redirect_uris: Sequence[pulumi.Input[str]] | None = None
    """None: only with `cube_cloud_sign_in`."""

    databases: Sequence[str] | None = None
    imported_databases: Sequence[str] | None = None
    schemas: Sequence[str] | None = None
    tables: Sequence[str] | None = None
    object_kinds: Sequence[str] | None = None
    inherited_grants: bool | None = None
    shadow_future_grants: bool | None = None
    extra_privileges: Literal["revoke", "report"] | None = None
    grant_to: Literal["account-role", "database-role"] | None = None
    cube_database: str | None = None
    credential_versions: Sequence[str] | None = None
    allowed_cidrs: Sequence[str] | None = None
    authentication_policy_schema: str | None = None
    statement_timeout_seconds: int | None = None
    cube_cloud_identity: CubeCloudIdentityArgs | None = None

    refresh_token_minutes: int | None = None
    oauth_enforce_pkce: bool | None = None
    oauth_role: pulumi.Input[str] | None = None
    oauth_secret_version: int | None = None
    oauth_network_policy: pulumi.Input[str] | None = None
    pre_authorized_roles: Sequence[pulumi.Input[str]] | None = None
    blocked_roles: Sequence[pulumi.Input[str]] | None = None
    user_roles: Sequence[pulumi.Input[str]] | None = None
    allowed_roles: Sequence[pulumi.Input[str]] | None = None
    oauth_any_role: bool | None = None
    external_oauth: ExternalOauthArgs | None = None
    external_oauth_client_secret: pulumi.Input[str] | None = None
    cube_cloud_sign_in: CubeCloudSignInArgs | None = None

    warehouse: pulumi.Input[str] | None = None
    warehouse_size: str | None = None
    warehouse_auto_suspend_seconds: int | None = None
    warehouse_credit_quota: int | None = None

    integration_role: pulumi.Input[str] | None = None
    user_admin_role: pulumi.Input[str] | None = None
    grant_admin_role: pulumi.Input[str] | None = None
    warehouse_admin_role: pulumi.Input[str] | None = None
    deployer_role: Literal["per-task", "sign-in"] | None = None
    sign_in: SnowflakeSignInArgs | None = None
    """None: as the environment's variables and profiles say, for this and every other component."""
