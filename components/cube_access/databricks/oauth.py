"""The OAuth integration: what lets Cube sign each person in to Databricks as themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_databricks as databricks

from cube_access.component.guard import Guard
from cube_access.databricks.once import Once


@dataclass(frozen=True, kw_only=True)
class OAuthIntegrationArgs:
    name: pulumi.Input[str]
    """Shown to people on the consent page."""
    account_host: pulumi.Input[str]
    """Of the account console, without https://."""
    account_id: pulumi.Input[str]
    workspace_host: pulumi.Input[str]
    """Without https://."""
    redirect_uris: Sequence[pulumi.Input[str]]
    scopes: Sequence[str]
    confidential: bool
    access_token_minutes: int
    refresh_token_minutes: int
    single_use_refresh_tokens: bool | None
    """None: not sent, the account's own default holds."""
    protect: bool
    remedy: str
    """What lets the app be replaced all the same."""


class OAuthIntegration(pulumi.ComponentResource):
    """A custom app integration of the Databricks account. Creates no users and no grants.

    Redirect URIs, scopes and lifetimes change in place and keep the credentials; Databricks says
    that such a change can take 30 minutes to take effect. `name` and `confidential` cannot change:
    the API has no call for it, so the app would be replaced. Its client secret is returned by
    creation only; nothing can read or rotate it afterwards.

    Wants a provider for the account console.
    """

    client_id: pulumi.Output[str]
    client_secret: pulumi.Output[str]

    def __init__(
        self, name: str, args: OAuthIntegrationArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("cube-access:databricks:OAuthIntegration", name, None, opts)
        guard = Guard(
            f"{name}-guard",
            what=pulumi.Output.concat("the OAuth app ", args.name),
            consequence=(
                "Everybody who uses Cube is signed out and must authorize again, and the client "
                "id and secret in Cube Cloud stop working until the new ones are pasted there."
            ),
            fixed={
                "name": args.name,
                "confidential": args.confidential,
            },
            protect=args.protect,
            remedy=args.remedy,
            opts=pulumi.ResourceOptions(parent=self),
        )
        once = Once(
            name=f"{name}-app",
            kind="app",
            host=args.account_host,
            account_id=args.account_id,
            called=args.name,
            confidential=args.confidential,
            parent=self,
        )
        intent = once.intent([guard])
        app = databricks.CustomAppIntegration(
            f"{name}-app",
            name=args.name,
            confidential=args.confidential,
            redirect_urls=list(args.redirect_uris),
            scopes=list(args.scopes),
            token_access_policy=databricks.CustomAppIntegrationTokenAccessPolicyArgs(
                access_token_ttl_in_minutes=args.access_token_minutes,
                refresh_token_ttl_in_minutes=args.refresh_token_minutes,
                enable_single_use_refresh_tokens=args.single_use_refresh_tokens,
            ),
            # A new app means new credentials: every user is signed out
            # and Cube Cloud's form is stale.
            opts=pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                depends_on=[guard, intent],
                additional_secret_outputs=["client_secret"],
            ),
        )
        once.settled(intent, app, app.integration_id)
        self.auth_url = pulumi.Output.format("https://{0}/oidc/v1/authorize", args.workspace_host)
        self.token_url = pulumi.Output.format("https://{0}/oidc/v1/token", args.workspace_host)
        self.client_id = app.client_id
        self.client_secret = pulumi.Output.secret(app.client_secret)
        self.register_outputs({"client_id": self.client_id, "client_secret": self.client_secret})
