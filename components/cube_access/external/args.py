"""Args of ExternalAccess. What each means and holds, docs/configuration.md says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pulumi

from cube_access.shapes import AccessArgs


@dataclass(frozen=True, kw_only=True)
class ExternalAccessArgs(AccessArgs):
    """What is there in a warehouse already, for Cube to use.

    None stands for the default that docs/configuration.md names, with one difference: the default
    of `name` is the component's own and the stack's.
    """

    redirect_uris: Sequence[pulumi.Input[str]]
    type: Literal["trino", "prestodb", "postgres", "cockroachdb", "questdb", "mssql"]
    host: pulumi.Input[str]
    database: pulumi.Input[str]
    user: pulumi.Input[str]
    client_id: pulumi.Input[str]
    auth_url: str
    token_url: str
    scopes: Sequence[str]

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

    port: pulumi.Input[int] | None = None
    schema: str | None = None
    ssl_ca: str | None = None
    password: pulumi.Input[str] | None = None
    token: pulumi.Input[str] | None = None
    person_user: str | None = None
    client_secret: pulumi.Input[str] | None = None
