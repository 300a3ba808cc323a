"""Args of DatabricksAccess. What each means and holds, docs/configuration.md says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import pulumi

from cube_access.component.shapes import SECRET, AccessArgs, SignInArgs


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
    """What Cube's access to a Databricks workspace is to be."""

    redirect_uris: Sequence[pulumi.Input[str]]
    account_id: pulumi.Input[str]
    workspace_host: pulumi.Input[str]
    workspace_id: pulumi.Input[str]

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
