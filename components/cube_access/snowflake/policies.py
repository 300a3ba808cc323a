"""Where from and how the service account may sign in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pulumi
import pulumi_snowflake as snowflake

from cube_access.facts.identifiers import quoted


def network_policy(
    name: str,
    policy_name: pulumi.Input[str],
    cidrs: Sequence[str],
    *,
    security: snowflake.Provider,
    say: Callable[[str], str],
    parent: pulumi.Resource,
) -> pulumi.Output[str] | None:
    """The name of a network policy for these addresses. Without any: None, and a warning.

    Args:
        say: puts the configuration's keys into the caller's words.
    """
    if not cidrs:
        pulumi.log.warn(
            say(
                "the service account may sign in from any address that the account allows. Name "
                "Cube's addresses in cube-access:allowedCidrs."
            ),
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


def one_way_in(
    name: str,
    policy_name: pulumi.Input[str],
    *,
    schema: tuple[str, ...],
    user: snowflake.ServiceUser,
    integration: pulumi.Output[str] | None,
    security: snowflake.Provider,
    parent: pulumi.Resource,
) -> None:
    """An authentication policy on the user: what signs it in is its keys or the tokens of one
    integration, and nothing else.

    Enterprise edition. The role of `security` needs USAGE on the schema and its database, and
    CREATE AUTHENTICATION POLICY on the schema.

    Args:
        integration: None for the keys.
    """

    def options(before: str) -> pulumi.ResourceOptions:
        # Called so when there was no other way in: made anew, the two would collide.
        aliases = [pulumi.Alias(name=f"{name}-{before}")]
        return pulumi.ResourceOptions(parent=parent, provider=security, aliases=aliases)

    database, inside = schema
    way = "key pair" if integration is None else "Cube Cloud's tokens"
    policy = snowflake.AuthenticationPolicy(
        f"{name}-sign-in-policy",
        name=policy_name,
        database=database,
        schema=inside,
        comment=f"Cube's service account signs in by {way} only; written by cube-access",
        authentication_methods=["KEYPAIR" if integration is None else "OAUTH"],
        security_integrations=None if integration is None else [integration],
        opts=options("key-pair-only"),
    )
    snowflake.UserAuthenticationPolicyAttachment(
        f"{name}-sign-in-policy-of-user",
        user_name=user.name,
        authentication_policy_name=policy.name.apply(lambda text: quoted(database, inside, text)),
        opts=options("key-pair-only-of-user"),
    )
