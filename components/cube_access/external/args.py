"""Args of ExternalAccess. What each means and holds, docs/configuration.md says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi

from cube_access.component.shapes import AccessArgs


@dataclass(frozen=True, kw_only=True)
class ExternalAccessArgs(AccessArgs):
    """What is there in a warehouse already, for Cube to use."""

    redirect_uris: Sequence[pulumi.Input[str]]
    type: Literal[
        "trino", "prestodb", "postgres", "cockroachdb", "questdb", "mssql", "mysql", "pinot"
    ]
    host: pulumi.Input[str]
    database: pulumi.Input[str]
    user: pulumi.Input[str]
    client_id: pulumi.Input[str]
    auth_url: str
    token_url: str
    scopes: Sequence[str]

    port: pulumi.Input[int] | None = None
    schema: str | None = None
    ssl_ca: str | None = None
    password: pulumi.Input[str] | None = None
    token: pulumi.Input[str] | None = None
    person_user: str | None = None
    client_secret: pulumi.Input[str] | None = None
