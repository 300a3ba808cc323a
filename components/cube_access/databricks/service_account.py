"""The service account: the machine identity behind Cube's liveness checks and background work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import pulumi
import pulumi_databricks as databricks

from cube_access.component.guard import Guard
from cube_access.databricks.membership import TokenExpiry, WorkspaceMembership
from cube_access.databricks.once import Once, Settled
from cube_access.databricks.permission import Permission

ROTATE = (
    "Rotate it: append a label to cube-access:credentialVersions, apply, redeploy Cube, then "
    "remove the old label (docs/rotation.md)."
)
WARN_FRACTION = 0.2  # the last part of a credential's life, in which every preview and apply warns


@dataclass(frozen=True, kw_only=True)
class ServiceAccountArgs:
    display_name: pulumi.Input[str]
    account_host: pulumi.Input[str]
    """Of the account console, without https://."""
    account_id: pulumi.Input[str]
    workspace_host: pulumi.Input[str]
    workspace_id: pulumi.Input[str]
    credential: Literal["m2m", "pat"]
    credential_versions: Sequence[str]
    """Labels of the valid credentials, oldest first; the last is the one in use."""
    lifetime_days: int
    protect: bool
    remedy: str
    """What lets the credential be replaced all the same."""
    advice: str
    """What to do before a credential expires."""


class ServiceAccount(pulumi.ComponentResource):
    """A service principal that may sign in to one workspace and use its SQL, and its credentials.
    Makes no grants.

    A credential keeps the lifetime that it was made with: the API cannot change it, and replacing
    one would lock the running Cube out. `lifetime_days` therefore holds for the next label in
    `credential_versions`.

    Args:
        account: provider for the account console.
        workspace: provider for the workspace.
    """

    principal: databricks.ServicePrincipal
    principal_id: pulumi.Output[str]
    """Numeric id, as SCIM uses it."""
    application_id: pulumi.Output[str]
    """UUID: the OAuth client id, and the name that grants use."""
    credential_secret: pulumi.Output[str]
    """The OAuth secret or the token. Secret."""
    credential_id: pulumi.Output[str]
    credential_expires: pulumi.Output[str]
    ready: Sequence[pulumi.Resource]
    """What must exist before the principal can be named in grants and permissions."""

    def __init__(
        self,
        name: str,
        args: ServiceAccountArgs,
        *,
        account: databricks.Provider,
        workspace: databricks.Provider,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("cube-access:databricks:ServiceAccount", name, None, opts)
        guard = Guard(
            f"{name}-guard",
            what="the service account's credential",
            consequence=(
                "The running credential ends in the same apply: Cube is cut off until it is "
                "deployed with the new cube_env."
            ),
            fixed={"credential": args.credential},
            protect=args.protect,
            remedy=args.remedy,
            opts=pulumi.ResourceOptions(parent=self),
        )
        once = Once(
            name=f"{name}-principal",
            kind="principal",
            host=args.account_host,
            account_id=args.account_id,
            called=args.display_name,
            parent=self,
        )
        intent = once.intent([guard])
        principal = databricks.ServicePrincipal(
            f"{name}-principal",
            display_name=args.display_name,
            # By which a double of it is known; never changed, for any change of the principal is a
            # PUT that wipes its entitlements.
            external_id=intent.output("mark"),
            # The plugin's default for an account only deactivates it, and
            # a later apply would make a second one.
            disable_as_user_deletion=False,
            # A new principal is a new client id: Cube and every grant would be cut off.
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=account,
                protect=args.protect,
                depends_on=[guard, intent],
                ignore_changes=["externalId"],
            ),
        )
        once.settled(intent, principal, principal.id)
        assignment = databricks.MwsPermissionAssignment(
            f"{name}-assignment",
            workspace_id=args.workspace_id,
            principal_id=principal.id,
            permissions=["USER"],
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=account,
                # One whose first read failed is made again: the plugin cannot update it, and would
                # stop every later `up`. Nothing stands on it by then.
                replace_on_changes=["*"],
                # Both have one id: deleted last, the old one would take the new one along.
                delete_before_replace=True,
            ),
        )
        membership = WorkspaceMembership(
            f"{name}-membership",
            host=args.workspace_host,
            principal_id=principal.id,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[assignment]),
        )
        entitlements = databricks.Entitlements(
            f"{name}-entitlements",
            service_principal_id=principal.id,
            databricks_sql_access=True,
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=workspace,
                depends_on=[membership],
                # Any update of the principal is a PUT that wipes these; made
                # again, they are there afterwards.
                replacement_trigger=args.display_name,
                delete_before_replace=True,
            ),
        )
        self.principal = principal
        self.ready = [membership, entitlements]
        self.principal_id = principal.id
        self.application_id = principal.application_id
        if args.credential == "m2m":
            created = self._make_secrets(name, args, account)
        else:
            created = self._make_tokens(name, args, workspace)
        warn_before_expiry(
            args.display_name, created, self.credential_expires, advice=args.advice, resource=self
        )
        self.register_outputs(
            {
                "application_id": self.application_id,
                "credential_secret": self.credential_secret,
                "credential_expires": self.credential_expires,
            }
        )

    def _make_secrets(
        self, name: str, args: ServiceAccountArgs, account: databricks.Provider
    ) -> pulumi.Output[str]:
        """One OAuth secret a label. Returns when the last was made; so does the next."""
        before: list[Settled] = []
        for version in args.credential_versions:
            once = Once(
                name=f"{name}-secret-{version}",
                kind="secret",
                host=args.account_host,
                account_id=args.account_id,
                called=args.display_name,
                principal_id=self.principal_id,
                parent=self,
            )
            # One after the other: what is new beside one of them is then no other one of ours.
            intent = once.intent(before)
            secret = databricks.ServicePrincipalSecret(
                f"{name}-secret-{version}",
                service_principal_id=self.principal_id,
                lifetime=f"{timedelta(days=args.lifetime_days).total_seconds():.0f}s",
                opts=pulumi.ResourceOptions(
                    parent=self,
                    provider=account,
                    depends_on=[intent],
                    # Newer plugins read scopes, which the API may fill in by itself; such a
                    # difference would replace the credential.
                    ignore_changes=["lifetime", "scopes"],
                    additional_secret_outputs=["secret", "secretHash"],
                ),
            )
            before = [once.settled(intent, secret, secret.service_principal_secret_id)]
        self.credential_secret = pulumi.Output.secret(secret.secret)
        self.credential_id = secret.service_principal_secret_id
        self.credential_expires = secret.expire_time
        return secret.create_time

    def _make_tokens(
        self, name: str, args: ServiceAccountArgs, workspace: databricks.Provider
    ) -> pulumi.Output[str]:
        may_use_tokens = Permission(
            f"{name}-tokens",
            host=args.workspace_host,
            object_type="authorization",
            object_id="tokens",
            kind="service_principal_name",
            principal=self.application_id,
            # Its entry goes with the principal: the list need not be written back for that.
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=self.ready,
                deleted_with=self.principal,
            ),
        )
        for version in args.credential_versions:
            comment = pulumi.Output.concat(args.display_name, " ", version)
            once = Once(
                name=f"{name}-token-{version}",
                kind="token",
                host=args.workspace_host,
                account_id=args.account_id,
                called=comment,
                principal_id=self.principal_id,
                parent=self,
            )
            intent = once.intent([may_use_tokens])
            token = databricks.OboToken(
                f"{name}-token-{version}",
                application_id=self.application_id,
                comment=comment,
                lifetime_seconds=int(timedelta(days=args.lifetime_days).total_seconds()),
                opts=pulumi.ResourceOptions(
                    parent=self,
                    provider=workspace,
                    depends_on=[may_use_tokens, intent],
                    ignore_changes=["lifetimeSeconds", "comment"],
                    additional_secret_outputs=["tokenValue"],
                ),
            )
            once.settled(intent, token, token.id)
            expiry = TokenExpiry(
                f"{name}-expiry-{version}",
                host=args.workspace_host,
                token_id=token.id,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.credential_secret = pulumi.Output.secret(token.token_value)
        self.credential_id = token.id
        self.credential_expires = expiry.expire_time
        return expiry.create_time


def secret_document(
    args: ServiceAccountArgs, account: ServiceAccount
) -> tuple[str, pulumi.Output[str]]:
    """AWS's name for the shape, and the JSON, that Secrets Manager can rotate by itself.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/mes-partner-DatabricksSPSecret.html
    and …/mes-partner-DatabricksPAT.html list the fields.
    """
    if args.credential == "m2m":
        return "DatabricksSPSecret", pulumi.Output.json_dumps(
            {
                "accountId": args.account_id,
                "servicePrincipalId": account.principal_id,
                "clientId": account.application_id,
                "clientSecret": account.credential_secret,
                "oauthSecretId": account.credential_id,
            }
        )
    return "DatabricksPAT", pulumi.Output.json_dumps(
        {
            "token": account.credential_secret,
            "tokenId": account.credential_id,
            "workspaceUrl": pulumi.Output.concat("https://", args.workspace_host),
            "comment": pulumi.Output.concat(args.display_name, " ", args.credential_versions[-1]),
        }
    )


def warn_before_expiry(
    who: pulumi.Input[str],
    created: pulumi.Output[str],
    expires: pulumi.Output[str],
    *,
    advice: str,
    resource: pulumi.Resource,
) -> None:
    """Warns in the last fifth of a credential's life, at every preview: nobody else will."""

    def warn(values: Sequence[str]) -> None:
        name, start, end = values
        began, ends = datetime.fromisoformat(start), datetime.fromisoformat(end)
        left = ends - datetime.now(UTC)
        if left <= (ends - began) * WARN_FRACTION:
            when = f"expires in {left.days} days" if left > timedelta(0) else "has expired"
            pulumi.log.warn(f"the credential of {name} {when} ({end[:10]}). {advice}", resource)

    pulumi.Output.all(who, created, expires).apply(warn)
