"""The OAuth integration: what lets Cube sign each person in to Snowflake as themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_snowflake as snowflake

from cube_access.component.guard import Guard
from cube_access.facts.identifiers import quoted
from cube_access.facts.principals import SNOWFLAKE_ADMINISTRATORS
from cube_access.snowflake.allowed_roles import AllowedRoles
from cube_access.snowflake.client_secret import ClientSecret, shows, slot


@dataclass(frozen=True, kw_only=True)
class OAuthIntegrationArgs:
    name: pulumi.Input[str]
    account_host: pulumi.Input[str]
    redirect_uri: pulumi.Input[str]
    confidential: bool
    enforce_pkce: bool
    refresh_token_minutes: int
    network_policy: pulumi.Input[str] | None
    pre_authorized_roles: Sequence[pulumi.Input[str]]
    blocked_roles: pulumi.Input[Sequence[str]]
    """Those that the account's parameter does not add by itself."""
    allowed_roles: pulumi.Output[list[str]] | None
    """The only ones that people may consent to; None: every role that is not blocked, unless a list
    was made by hand.
    """
    account: pulumi.Input[str]
    sign_in_role: pulumi.Input[str]
    """In which the list of allowed roles is set; empty: the deployer's own."""
    secret_version: int
    protect: bool
    remedy: str
    """What lets the integration be replaced all the same."""


def blocked_list(required: Iterable[str], chosen: Iterable[str]) -> list[str]:
    """Roles that nobody uses through Cube, as Snowflake takes them.

    Of the administrators' own, those that have to be said are required already, and the account
    blocks the others: a list with some of those is refused (error 003629).

    Args:
        required: the administrators' that have to be said.
        chosen: by the user.
    """
    return sorted({*required, *({*chosen} - SNOWFLAKE_ADMINISTRATORS)})


class OAuthIntegration(pulumi.ComponentResource):
    """A security integration for one custom client. Creates no users and no grants.

    Redirect URI, PKCE, roles and validity change in place and keep the credentials. `name` and
    `confidential` cannot change: the integration would be dropped and made anew, with other
    credentials and without anybody's consent. Access tokens live ten minutes, always. A session has
    one role, that of its token: secondary roles are off.

    Wants a provider in a role with CREATE INTEGRATION.
    """

    client_id: pulumi.Output[str]
    client_secret: pulumi.Output[str]

    def __init__(
        self, name: str, args: OAuthIntegrationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("cube-access:snowflake:OAuthIntegration", name, None, opts)
        guard = Guard(
            f"{name}-guard",
            what=pulumi.Output.concat("the OAuth integration ", args.name),
            consequence=(
                "Everybody who uses Cube is signed out and must authorize again, and the client "
                "id and secret in Cube Cloud stop working until the new ones are pasted there."
            ),
            fixed={"name": args.name, "confidential": args.confidential},
            # A version more than one step away would empty the slot that Cube uses.
            steps={"oauthSecretVersion": args.secret_version},
            protect=args.protect,
            remedy=args.remedy,
            opts=pulumi.ResourceOptions(parent=self),
        )
        integration = snowflake.OauthIntegrationForCustomClients(
            f"{name}-integration",
            name=args.name,
            comment="Cube's sign-in; written by cube-access",
            enabled="true",
            oauth_client_type="CONFIDENTIAL" if args.confidential else "PUBLIC",
            oauth_redirect_uri=args.redirect_uri,
            # Everything is said, because what is not said is not put back to the server's default.
            oauth_allow_non_tls_redirect_uri="false",
            oauth_enforce_pkce="true" if args.enforce_pkce else "false",
            oauth_issue_refresh_tokens="true",
            oauth_refresh_token_validity=args.refresh_token_minutes * 60,
            oauth_use_secondary_roles="NONE",
            network_policy=args.network_policy,
            pre_authorized_roles_lists=list(args.pre_authorized_roles),
            blocked_roles_lists=args.blocked_roles,
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                depends_on=[guard],
                # Two of the same name cannot exist side by side.
                delete_before_replace=True,
                # Newer plugins clear the list of a program that has none.
                ignore_changes=["allowedRolesLists"],
            ),
        )
        if args.allowed_roles is not None:
            AllowedRoles(
                f"{name}-allowed-roles",
                account=args.account,
                role=args.sign_in_role,
                integration=integration.name,
                roles=args.allowed_roles,
                blocked=args.blocked_roles,
                opts=pulumi.ResourceOptions(parent=self, deleted_with=integration),
            )
        named = integration.name.apply(quoted)
        # The first version is what the integration was made with: only looking at it makes nothing.
        refresh = (
            pulumi.Output.format("DESCRIBE SECURITY INTEGRATION {0}", named)
            if args.secret_version == 1
            else pulumi.Output.format(
                "ALTER SECURITY INTEGRATION {0} REFRESH {1} -- version {2}",
                named,
                slot(args.secret_version),
                args.secret_version,
            )
        )
        shown = snowflake.Execute(
            f"{name}-secrets",
            execute=refresh,
            revert="SELECT 1",
            query=integration.name.apply(shows),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[guard],
                delete_before_replace=True,
                additional_secret_outputs=["queryResults"],
            ),
        )
        credentials = ClientSecret(
            f"{name}-credentials",
            account=args.account,
            role=args.sign_in_role,
            integration=integration.name,
            version=args.secret_version,
            results=pulumi.Output.secret(shown.query_results),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.auth_url: pulumi.Input[str] = pulumi.Output.format(
            "https://{0}/oauth/authorize", args.account_host
        )
        self.token_url: pulumi.Input[str] = pulumi.Output.format(
            "https://{0}/oauth/token-request", args.account_host
        )
        self.client_id = pulumi.Output.secret(credentials.client_id)
        # A public client proves itself by PKCE only; a secret must not reach its form.
        self.client_secret = pulumi.Output.secret(
            credentials.client_secret if args.confidential else ""
        )
        self.register_outputs({"client_id": self.client_id, "client_secret": self.client_secret})
