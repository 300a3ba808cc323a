"""The service account: the machine identity behind Cube's liveness checks and background work."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_snowflake as snowflake

from cube_access.snowflake.key_pair import KeyPair

STORED_SECRET_TYPE = "SnowflakeKeyPairAuthentication"  # noqa: S105 - AWS's name of a shape


@dataclass(frozen=True, kw_only=True)
class ServiceAccountArgs:
    name: pulumi.Input[str]
    """Of the user and of its role."""
    warehouse: pulumi.Input[str]
    login_name: pulumi.Input[str]
    """By which it signs in: for a key pair its name, for a token what the token says."""
    credential_versions: Sequence[str]
    """Labels of the valid key pairs, oldest first; the last is the one in use. None: no key signs
    it in.
    """
    statement_timeout_seconds: int
    network_policy: pulumi.Input[str] | None
    protect: bool


class ServiceAccount(pulumi.ComponentResource):
    """A user of TYPE = SERVICE that signs in by key pair or by somebody's token, and its one role.
    Makes no other grants.

    Such a user has no password and cannot have one. Snowflake holds two public keys at a time:
    while two labels are listed both key pairs work, and dropping the older one moves the newer one
    into the first slot before the second slot is emptied, so that it works at every moment.

    Args:
        user_admin: provider in a role that may create users and roles.
        policy_admin: the same where the user gets a network policy, which takes ownership of both.
    """

    user: snowflake.ServiceUser
    role: snowflake.AccountRole
    role_name: pulumi.Output[str]
    key_pair: KeyPair | None
    """The one in use."""

    def __init__(
        self,
        name: str,
        args: ServiceAccountArgs,
        *,
        user_admin: snowflake.Provider,
        policy_admin: snowflake.Provider,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("cube-access:snowflake:ServiceAccount", name, None, opts)
        keys = [
            KeyPair(f"{name}-key-{version}", pulumi.ResourceOptions(parent=self))
            for version in args.credential_versions
        ]
        role = snowflake.AccountRole(
            f"{name}-role",
            name=args.name,
            comment="What Cube's service account may read; written by cube-access",
            # Renamed in place, its old grants could not be revoked any more: they name the old one.
            opts=pulumi.ResourceOptions(
                parent=self, provider=user_admin, replace_on_changes=["name"]
            ),
        )
        self.user = snowflake.ServiceUser(
            f"{name}-user",
            name=args.name,
            comment="Cube's service account; written by cube-access",
            # Always said: what is left out is not put back by an update.
            login_name=args.login_name,
            default_role=role.name,
            # Unset means ALL: whatever is granted to the user by hand would add to every session.
            default_secondary_roles_option="NONE",
            default_warehouse=args.warehouse,
            rsa_public_key=keys[0].public_key if keys else None,
            rsa_public_key2=keys[1].public_key if len(keys) > 1 else None,
            statement_timeout_in_seconds=args.statement_timeout_seconds,
            network_policy=args.network_policy,
            # The plugin replaces a user whose TYPE it does not see as SERVICE, which a role without
            # rights on the user does not: then nothing is replaced, and the engine says so.
            opts=pulumi.ResourceOptions(
                parent=self,
                provider=policy_admin if args.network_policy is not None else user_admin,
                protect=args.protect,
                replace_on_changes=["name"],
                delete_before_replace=True,
            ),
        )
        snowflake.GrantAccountRole(
            f"{name}-role-of-user",
            role_name=role.name,
            user_name=self.user.name,
            opts=pulumi.ResourceOptions(parent=self, provider=user_admin),
        )
        self.role, self.role_name = role, role.name
        self.key_pair = keys[-1] if keys else None
        self.register_outputs({"user": self.user.name})


def secret_document(
    account_name: pulumi.Input[str], user: pulumi.Input[str], keys: KeyPair
) -> pulumi.Output[str]:
    """The JSON that Secrets Manager can rotate by itself, of type STORED_SECRET_TYPE. Secret.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/mes-partner-Snowflake.html lists the
    fields.
    """
    document = pulumi.Output.json_dumps(
        {
            "account": account_name,
            "user": user,
            "privateKey": keys.private_key,
            "publicKey": keys.public_pem,
            "passphrase": "",
        }
    )
    return pulumi.Output.secret(document)
