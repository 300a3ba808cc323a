"""The External OAuth integration: people sign in at their identity provider, and Snowflake believes
its tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_snowflake as snowflake

from cube_access.component.guard import Guard
from cube_access.settings.identity import ExternalOauth


@dataclass(frozen=True, kw_only=True)
class ExternalOauthIntegrationArgs:
    name: pulumi.Input[str]
    provider: ExternalOauth
    """The identity provider, and Cube as a client of it."""
    client_id: pulumi.Input[str]
    """Cube's, there."""
    client_secret: pulumi.Output[str]
    """Cube's, there. Secret; empty for a public client."""
    blocked_roles: pulumi.Input[Sequence[str]]
    """Those that the account's parameter does not add by itself."""
    protect: bool
    remedy: str
    """What lets the integration be replaced all the same."""


class ExternalOauthIntegration(pulumi.ComponentResource):
    """A security integration that trusts one issuer. Creates no users, no grants, and no client:
    that is made at the identity provider, whose addresses and credentials are handed through.

    Everything but `name` changes in place. A session has a role that its token names: any-role mode
    is off.

    Wants a provider in a role with CREATE INTEGRATION.
    """

    client_id: pulumi.Output[str]
    client_secret: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: ExternalOauthIntegrationArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("cube-access:snowflake:ExternalOauthIntegration", name, None, opts)
        guard = Guard(
            f"{name}-guard",
            what=pulumi.Output.concat("the External OAuth integration ", args.name),
            consequence=(
                "Nobody who uses Cube can sign in until the new one is there, and what others "
                "refer to by the old name (authentication policies) refers to nothing."
            ),
            fixed={"name": args.name},
            protect=args.protect,
            remedy=args.remedy,
            opts=pulumi.ResourceOptions(parent=self),
        )
        provider = args.provider
        snowflake.ExternalOauthIntegration(
            f"{name}-integration",
            name=args.name,
            comment="Cube's sign-in at the identity provider; written by cube-access",
            enabled=True,
            external_oauth_type=provider.type,
            external_oauth_issuer=provider.issuer,
            external_oauth_jws_keys_urls=[provider.jws_keys_url],
            external_oauth_audience_lists=[provider.audience] if provider.audience else None,
            external_oauth_token_user_mapping_claims=[provider.user_mapping_claim],
            external_oauth_snowflake_user_mapping_attribute=provider.user_mapping_attribute,
            external_oauth_any_role_mode="DISABLE",
            external_oauth_blocked_roles_lists=args.blocked_roles,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                depends_on=[guard],
                # Two of the same name, or for the same issuer, cannot exist side by side.
                delete_before_replace=True,
            ),
        )
        self.auth_url: pulumi.Input[str] = provider.auth_url
        self.token_url: pulumi.Input[str] = provider.token_url
        self.client_id = pulumi.Output.secret(args.client_id)
        self.client_secret = pulumi.Output.secret(args.client_secret)
        self.register_outputs({"client_id": self.client_id, "client_secret": self.client_secret})
