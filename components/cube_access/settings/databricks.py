"""The keys of an environment on Databricks."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from cube_access.facts import unity
from cube_access.facts.principals import DATABRICKS_ADMINS, DATABRICKS_EVERYBODY
from cube_access.settings.common import ProvisionedSettings, Strings

MAX_ACCESS_MINUTES = 1_440  # a day, the API's own limit
MAX_LIFETIME_DAYS = 730


class DatabricksSettings(ProvisionedSettings):
    """An environment on Databricks."""

    databricks_account_id: str = Field(
        pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        description="The Databricks account's id (a UUID), from the account console.",
    )
    databricks_workspace_host: str = Field(
        pattern=(
            r"^[a-z0-9][a-z0-9.-]*"
            r"\.(cloud\.databricks\.(com|us)|gcp\.databricks\.com|azuredatabricks\.net)$"
        ),
        description=(
            "The workspace's host name without https://, such as "
            "dbc-1a2b3c4d-5e6f.cloud.databricks.com (AWS), adb-123.4.azuredatabricks.net (Azure) "
            "or 123.4.gcp.databricks.com (Google Cloud)."
        ),
    )
    databricks_workspace_id: str = Field(
        pattern=r"^[1-9][0-9]{5,19}$", description="The workspace's numeric id (the o= in its URL)."
    )
    access_token_minutes: int = Field(
        default=60,
        ge=5,
        le=MAX_ACCESS_MINUTES,
        description="Lifetime of a user's access token in minutes, 5 to 1440. Default: 60.",
    )
    oauth_scopes: Strings = Field(
        default=("sql", "offline_access"),
        description=(
            "OAuth scopes that Cube may ask for. sql is what queries need, offline_access lets "
            "Cube refresh; all-apis is refused. Default: [sql, offline_access]."
        ),
    )
    single_use_refresh_tokens: Literal["unset", "true", "false"] = Field(
        default="unset",
        description=(
            "Whether each refresh token works once only: true, false or unset (the account's own "
            "default). The client must keep the new token; the provider plugin that is built from "
            "modules refuses the property. Default: unset."
        ),
    )
    credential: Literal["m2m", "pat"] = Field(
        default="m2m",
        description=(
            "How the service account signs in: m2m (OAuth secret) or pat (personal access token). "
            "Default: m2m."
        ),
    )
    credential_lifetime_days: int = Field(
        default=90,
        ge=1,
        le=MAX_LIFETIME_DAYS,
        description="Lifetime of a new service-account credential in days, 1 to 730. Default: 90.",
    )
    user_groups: Strings = Field(
        default=(),
        description=(
            "Groups of people who use Cube: they get CAN_USE on the SQL warehouse, nothing else. "
            "Default: none."
        ),
    )
    sql_warehouse_id: str = Field(
        default="",
        pattern=r"^$|^[0-9a-f]{16}$",
        description=(
            "An existing SQL warehouse, by its id of 16 hex digits. Default: one of our own is "
            "created."
        ),
    )
    sql_warehouse_size: Literal[
        "2X-Small",
        "X-Small",
        "Small",
        "Medium",
        "Large",
        "X-Large",
        "2X-Large",
        "3X-Large",
        "4X-Large",
    ] = Field(
        default="2X-Small",
        description="Size of our own SQL warehouse, 2X-Small to 4X-Large. Default: 2X-Small.",
    )
    sql_warehouse_auto_stop_minutes: int = Field(
        default=10,
        ge=1,
        le=1_440,
        description="Idle minutes until our own SQL warehouse stops, 1 to 1440. Default: 10.",
    )
    sql_warehouse_max_clusters: int = Field(
        default=1,
        ge=1,
        le=40,
        description="Clusters that our own SQL warehouse may grow to, 1 to 40. Default: 1.",
    )
    sql_warehouse_serverless: bool = Field(
        default=True,
        description="Whether our own SQL warehouse is serverless: true or false. Default: true.",
    )
    cube_catalog: str = Field(
        default="",
        description=(
            "Catalog that Cube looks in when a table is named without one. Default: that of the "
            "first schema or table."
        ),
    )

    @field_validator("access_token_minutes")
    @classmethod
    def _refresh_outlives_access(cls, access: int, info: ValidationInfo) -> int:
        refresh = info.data.get("refresh_token_minutes")
        if refresh is not None and refresh < access:
            raise ValueError(
                f"is more than refreshTokenMinutes ({refresh}): a refresh token must live at least "
                "as long"
            )
        return access

    @field_validator("oauth_scopes")
    @classmethod
    def _scopes_are_narrow(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        if "all-apis" in scopes:
            raise ValueError(
                "all-apis gives Cube every API that the person has: name the scopes it needs"
            )
        if not all(scopes) or any(" " in scope for scope in scopes):
            raise ValueError("has an empty scope, or one with a space: list each by itself")
        if len(set(scopes)) != len(scopes):
            raise ValueError("names a scope twice")
        if "sql" not in scopes:
            raise ValueError("lacks sql, without which no query runs")
        return scopes

    @field_validator("schemas", "tables")
    @classmethod
    def _securables_are_exact(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        parts = 2 if info.field_name == "schemas" else 3
        problems = [f"{name!r} {why}" for name in names if (why := _securable_problem(name, parts))]
        # Unity Catalog folds names to lower case; folding here keeps
        # the preview of an unchanged environment empty.
        folded = [name.lower() for name in names]
        problems += [
            f"{name!r} is listed twice"
            for name in sorted({n for n in folded if folded.count(n) > 1})
        ]
        if problems:
            raise ValueError("; ".join(problems))
        return tuple(folded)

    @field_validator("tables")
    @classmethod
    def _something_is_readable(
        cls, tables: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        if not tables and not info.data.get("schemas", ("unknown",)):
            raise ValueError("and schemas are both empty: the service account could read nothing")
        return tables

    @field_validator("user_groups")
    @classmethod
    def _groups_are_people_who_use_cube(cls, groups: tuple[str, ...]) -> tuple[str, ...]:
        for group in groups:
            if group.lower() in {*DATABRICKS_EVERYBODY, DATABRICKS_ADMINS}:
                raise ValueError(
                    f"{group!r} is everybody, or has every permission already: name the groups of "
                    "people who use Cube"
                )
        folded = [group.casefold() for group in groups]
        if not all(groups) or len(set(folded)) != len(groups):
            raise ValueError(
                "names a group twice (Databricks tells no upper from lower case), or an empty one"
            )
        return groups

    @field_validator("databricks_workspace_host")
    @classmethod
    def _host_is_a_workspaces(cls, host: str) -> str:
        if host.startswith("accounts."):
            raise ValueError("is the account console, not a workspace")
        return host

    @field_validator("credential")
    @classmethod
    def _cloud_has_such_credentials(cls, credential: str, info: ValidationInfo) -> str:
        host = info.data.get("databricks_workspace_host", "")
        if credential == "pat" and host.endswith(".azuredatabricks.net"):
            raise ValueError(
                "Azure Databricks makes no personal access tokens on behalf of a service principal"
            )
        return credential

    @property
    def account_host(self) -> str:
        """The account console of the workspace's cloud, with https://: account resources insist on
        it.
        """
        for suffix, host in (
            (".gcp.databricks.com", "accounts.gcp.databricks.com"),
            (".azuredatabricks.net", "accounts.azuredatabricks.net"),
            (".databricks.us", "accounts.cloud.databricks.us"),
        ):
            if self.databricks_workspace_host.endswith(suffix):
                return f"https://{host}"
        return "https://accounts.cloud.databricks.com"

    @property
    def catalog(self) -> str:
        return self.cube_catalog or (*self.schemas, *self.tables)[0].split(".")[0]


def _securable_problem(name: str, parts: int) -> str:
    shape = "catalog.schema" if parts == 2 else "catalog.schema.table"
    words = name.lower().split(".")
    if len(words) != parts or not all(words):
        return f"is not {shape}"
    if re.search(r"[*%\s/\x00-\x1f]", name):
        return (
            "has a wildcard or a character that no name has in Unity Catalog: list each securable"
        )
    if words[0] == "hive_metastore":
        return "is in hive_metastore, which Unity Catalog does not govern"
    own = words[0] == unity.SYSTEM or words[0].startswith(unity.INTERNAL)
    if own or words[1] == "information_schema":
        return "is Databricks' own (audit logs, metadata of everybody): not for a service account"
    return ""
