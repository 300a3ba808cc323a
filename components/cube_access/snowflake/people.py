"""What people who use Cube need besides their own rights: a warehouse to run on."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_snowflake as snowflake


def people_role(
    name: str,
    base: pulumi.Output[str],
    members: Sequence[tuple[str, pulumi.Input[str]]],
    *,
    user_admin: snowflake.Provider,
    parent: pulumi.Resource,
) -> snowflake.AccountRole:
    """A role of our own that is granted to people's roles.

    Not granted to them directly: Snowflake keeps one grant of a privilege to a role, whoever asked
    for it, so that revoking ours would take what somebody else had given.

    Args:
        members: each with its label in the name of its grant.
    """
    role = snowflake.AccountRole(
        f"{name}-people",
        name=pulumi.Output.concat(base, "_PEOPLE"),
        comment="The warehouse of people who use Cube; written by cube-access",
        # As with the service account's role: old grants name the old one.
        opts=pulumi.ResourceOptions(
            parent=parent, provider=user_admin, replace_on_changes=["name"]
        ),
    )
    for label, member in members:
        snowflake.GrantAccountRole(
            f"{name}-people-{label}",
            role_name=role.name,
            parent_role_name=member,
            opts=pulumi.ResourceOptions(parent=parent, provider=user_admin),
        )
    return role
