"""What the plugin serves: the lifecycle of each resource, and our components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.provider import ConstructResult

from cube_access.aws.lifecycle import SecretLifecycle
from cube_access.aws.preflight import TOKEN as AWS_LOOK_UP
from cube_access.aws.preflight import look_up as look_up_in_aws
from cube_access.component.guard import GuardLifecycle
from cube_access.databricks.membership import (
    TokenExpiryLifecycle,
    WorkspaceIdentityLifecycle,
    WorkspaceMembershipLifecycle,
)
from cube_access.databricks.once import IntentLifecycle, SettledLifecycle
from cube_access.databricks.permission import PermissionLifecycle, PriorEntriesLifecycle
from cube_access.provider.lifecycle import Lifecycle, ProviderError
from cube_access.snowflake.allowed_roles import AllowedRolesLifecycle
from cube_access.snowflake.client_secret import ClientSecretLifecycle
from cube_access.snowflake.key_pair import KeyPairLifecycle
from cube_access.snowflake.lookup import TOKEN as SNOWFLAKE_LOOK_UP
from cube_access.snowflake.lookup import look_up as look_up_in_snowflake
from cube_access.snowflake.mark import MarkLifecycle
from cube_access.snowflake.once import TOKEN as SNOWFLAKE_MAKE_WAY
from cube_access.snowflake.once import SettledLifecycle as SnowflakeSettledLifecycle
from cube_access.snowflake.once import make_way
from cube_access.snowflake.role_privileges import RolePrivilegesLifecycle
from cube_access.snowflake.user_defaults import UserDefaultsLifecycle

LIFECYCLES: tuple[type[Lifecycle], ...] = (
    AllowedRolesLifecycle,
    ClientSecretLifecycle,
    GuardLifecycle,
    IntentLifecycle,
    KeyPairLifecycle,
    MarkLifecycle,
    PermissionLifecycle,
    PriorEntriesLifecycle,
    RolePrivilegesLifecycle,
    SecretLifecycle,
    SettledLifecycle,
    SnowflakeSettledLifecycle,
    TokenExpiryLifecycle,
    UserDefaultsLifecycle,
    WorkspaceIdentityLifecycle,
    WorkspaceMembershipLifecycle,
)
KINDS = {each.definition.token: each for each in LIFECYCLES}
FUNCTIONS = {
    AWS_LOOK_UP: look_up_in_aws,
    SNOWFLAKE_LOOK_UP: look_up_in_snowflake,
    SNOWFLAKE_MAKE_WAY: make_way,
}


def construct(
    token: str, name: str, inputs: Mapping[str, Any], options: pulumi.ResourceOptions
) -> ConstructResult:
    """Builds a component for a program in another language.

    Raises:
        ProviderError: there is none of this type.
        ArgsError: its inputs or options cannot be used; nothing is registered then.
    """
    # Imported here: a process that serves resources only does without the warehouses' SDKs.
    from cube_access.plugin.construct import TOKENS
    from cube_access.plugin.construct import construct as build

    if token not in TOKENS:
        raise ProviderError(f"cube-access has no component {token}; there is {', '.join(TOKENS)}")
    made, outputs = build(TOKENS[token], name, inputs, options)
    return ConstructResult(made.urn, outputs)
