"""Args of DatabricksAccess. What each means and holds, docs/configuration.md says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import pulumi

from cube_access.shapes import SECRET, AccessArgs, SignInArgs


@dataclass(frozen=True, kw_only=True)
class DatabricksSignInArgs(SignInArgs):
    """Who makes it all, in the account console and in the workspace: a profile, or a service
    principal by its OAuth secret.
    """

    WAYS: ClassVar[Sequence[Sequence[str]]] = (("profile",), ("client_id", "client_secret"))

    profile: str | None = field(
        default=None, metadata={"description": "A profile of the Databricks configuration file."}
    )
    client_id: pulumi.Input[str] | None = field(
        default=None, metadata={"description": "Application id of a service principal."}
    )
    client_secret: pulumi.Input[str] | None = field(
        default=None, metadata={"description": "Its OAuth secret.", **SECRET}
    )


@dataclass(frozen=True, kw_only=True)
class DatabricksAccessArgs(AccessArgs):
    """What Cube's access to a Databricks workspace is to be.

    None stands for the default that docs/configuration.md names, with one difference: the default
    of `name` is the component's own and the stack's.
    """

    redirect_uris: Sequence[pulumi.Input[str]]
    account_id: pulumi.Input[str]
    workspace_host: pulumi.Input[str]
    workspace_id: pulumi.Input[str]

    name: str | None = None
    protect: bool | None = None
    tags: Mapping[str, pulumi.Input[str]] | None = None
    oauth_client_type: Literal["confidential", "public"] | None = None
    source_name: str | None = None
    fallback: Literal["deny", "service-account"] | None = None
    data_source: str | None = None
    other_data_sources: Mapping[str, str] | None = None

    aws_region: str | None = None
    aws_profile: str | None = None
    secret_name: pulumi.Input[str] | None = None
    secret_kms_key_id: pulumi.Input[str] | None = None
    secret_recovery_days: int | None = None
    secret_on_destroy: Literal["delete", "keep"] | None = None
    secret_policy: Mapping[str, Any] | None = None
    adopt_secret: bool | None = None

    schemas: Sequence[str] | None = None
    tables: Sequence[str] | None = None
    cube_catalog: str | None = None
    credential: Literal["m2m", "pat"] | None = None
    credential_versions: Sequence[str] | None = None
    credential_lifetime_days: int | None = None

    access_token_minutes: int | None = None
    refresh_token_minutes: int | None = None
    oauth_scopes: Sequence[str] | None = None
    single_use_refresh_tokens: Literal["unset", "true", "false"] | None = None
    user_groups: Sequence[pulumi.Input[str]] | None = None

    sql_warehouse_id: pulumi.Input[str] | None = None
    sql_warehouse_size: str | None = None
    sql_warehouse_auto_stop_minutes: int | None = None
    sql_warehouse_max_clusters: int | None = None
    sql_warehouse_serverless: bool | None = None

    sign_in: DatabricksSignInArgs | None = None
    """None: as the environment's variables and profiles say, for this and every other component."""
