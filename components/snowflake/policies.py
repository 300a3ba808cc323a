"""Where from and how the service account may sign in."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_snowflake as snowflake

from components.snowflake.identifiers import quoted


def network_policy(
    name: str,
    policy_name: pulumi.Input[str],
    cidrs: Sequence[str],
    *,
    security: snowflake.Provider,
    parent: pulumi.Resource,
) -> pulumi.Output[str] | None:
    """The name of a network policy for these addresses. Without any: None, and a warning."""
    if not cidrs:
        pulumi.log.warn(
            "the service account may sign in from any address that the account allows. Name Cube's "
            "addresses in cube-access:allowedCidrs.",
            parent,
        )
        return None
    policy = snowflake.NetworkPolicy(
        f"{name}-network",
        name=policy_name,
        comment="Where Cube's service account signs in from; written by cube-access",
        allowed_ip_lists=list(cidrs),
        opts=pulumi.ResourceOptions(parent=parent, provider=security),
    )
    return policy.name


def key_pair_only(
    name: str,
    policy_name: pulumi.Input[str],
    *,
    schema: tuple[str, ...],
    user: snowflake.ServiceUser,
    security: snowflake.Provider,
    parent: pulumi.Resource,
) -> None:
    """An authentication policy on the user: no token and no integration signs it in, only its keys.

    Enterprise edition. The role of `security` needs USAGE on the schema and its database, and
    CREATE AUTHENTICATION POLICY on the schema.
    """
    database, inside = schema
    policy = snowflake.AuthenticationPolicy(
        f"{name}-key-pair-only",
        name=policy_name,
        database=database,
        schema=inside,
        comment="Cube's service account signs in by key pair only; written by cube-access",
        authentication_methods=["KEYPAIR"],
        opts=pulumi.ResourceOptions(parent=parent, provider=security),
    )
    snowflake.UserAuthenticationPolicyAttachment(
        f"{name}-key-pair-only-of-user",
        user_name=user.name,
        authentication_policy_name=policy.name.apply(lambda text: quoted(database, inside, text)),
        opts=pulumi.ResourceOptions(parent=parent, provider=security),
    )
