"""What the plugin serves: the lifecycle of each resource, and our components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from cube_access.aws.secret_store import SecretLifecycle
from cube_access.databricks.membership import (
    TokenExpiryLifecycle,
    WorkspaceIdentityLifecycle,
    WorkspaceMembershipLifecycle,
)
from cube_access.databricks.permission import PermissionLifecycle
from cube_access.guard import GuardLifecycle
from cube_access.provider.lifecycle import Lifecycle
from cube_access.snowflake.client_secret import ClientSecretLifecycle
from cube_access.snowflake.key_pair import KeyPairLifecycle
from cube_access.snowflake.scope import ReadScopeLifecycle

LIFECYCLES: tuple[type[Lifecycle], ...] = (
    ClientSecretLifecycle,
    GuardLifecycle,
    KeyPairLifecycle,
    PermissionLifecycle,
    ReadScopeLifecycle,
    SecretLifecycle,
    TokenExpiryLifecycle,
    WorkspaceIdentityLifecycle,
    WorkspaceMembershipLifecycle,
)
KINDS = {each.definition.token: each for each in LIFECYCLES}


def construct(
    kind: str, name: str, inputs: Mapping[str, Any], options: pulumi.ResourceOptions
) -> Any:
    """Builds a component for a program in another language."""
    raise NotImplementedError(kind)
