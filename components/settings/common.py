"""Stack configuration as typed, validated settings. Owns what a key may hold; knows no resource.

Each field here is one key of the stack's configuration (`redirect_uris` is
`cube-access:redirectUris`) and also stands in Pulumi.yaml and docs/configuration.md; a test holds
the three together. Its description doubles as the "what to write instead" of an error, so it says
units, limits and default.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.alias_generators import to_camel

PROJECT = "cube-access"
MAX_ACCESS_MINUTES = 1_440  # a day, the API's own limit; so is the next
MAX_REFRESH_MINUTES = 129_600  # 90 days
MAX_LIFETIME_DAYS = 730
RECOVERY_DAYS = range(7, 31)
NAME = r"^[a-z][a-z0-9-]{1,38}[a-z0-9]$"

# Groups and principals that mean "everybody" or
# "administrators": never a name for something of ours.
RESERVED_NAMES = frozenset(
    {"account-users", "admin", "admins", "administrators", "all-users", "public", "root", "users"}
)


class SettingsError(ValueError):
    """The stack's configuration cannot be used; the text lists every problem with its key, value
    and fix.
    """


def _decoded(value: object) -> object:
    """The engine hands over lists and objects as JSON text."""
    if isinstance(value, str) and value.lstrip().startswith(("[", "{")):
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError(f"is not valid JSON ({error})") from None
    return value


Strings = Annotated[tuple[str, ...], BeforeValidator(_decoded)]
Tags = Annotated[dict[str, str], BeforeValidator(_decoded)]
Document = Annotated[dict[str, Any], BeforeValidator(_decoded)]


class Settings(BaseModel):
    """What every environment has, whichever its warehouse."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        str_strip_whitespace=True,
        validate_default=True,
    )

    warehouse: Literal["databricks"] = Field(
        description="The warehouse that Cube queries: databricks."
    )
    name: str = Field(
        default="",
        pattern=NAME,
        description=(
            "Base name of everything created: 3 to 40 of a-z, 0-9 and hyphen. Default: "
            "cube-<stack>."
        ),
    )
    protect: bool = Field(
        default=True,
        description=(
            "Refuse to delete or replace what would sign users out or cut Cube off (the OAuth app, "
            "the service principal): true or false. Set false for the one apply that is meant to "
            "do so. Default: true."
        ),
    )
    tags: Tags = Field(
        default={},
        description=(
            "Tags on what can carry them (the secret, our own SQL warehouse), as name: value. "
            "Default: none."
        ),
    )

    redirect_uris: Strings = Field(
        description=(
            "Cube's OAuth callback addresses, as Cube Cloud shows them: exact https URLs, at "
            "least one."
        )
    )
    oauth_client_type: Literal["confidential", "public"] = Field(
        default="confidential",
        description=(
            "confidential (has a client secret; what Cube Cloud uses) or public (PKCE only). "
            "Default: confidential."
        ),
    )
    access_token_minutes: int = Field(
        default=60,
        ge=5,
        le=MAX_ACCESS_MINUTES,
        description="Lifetime of a user's access token in minutes, 5 to 1440. Default: 60.",
    )
    refresh_token_minutes: int = Field(
        default=10_080,
        ge=5,
        le=MAX_REFRESH_MINUTES,
        description=(
            "Minutes until a user must authorize again, 5 to 129600, at least accessTokenMinutes. "
            "Default: 10080 (7 days)."
        ),
    )
    source_name: str = Field(
        default="",
        pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,62}$",
        description=(
            "The key under userCredentials in Cube's security context: letters, digits, _ and -. "
            "Default: the warehouse."
        ),
    )
    fallback: Literal["deny", "service-account"] = Field(
        default="deny",
        description=(
            "What a signed-in user without a usable token gets: deny (an error until they "
            "authorize) or service-account (the query runs with the service account's rights). "
            "Default: deny."
        ),
    )

    schemas: Strings = Field(
        default=(),
        description=(
            "Schemas that the service account may read, as catalog.schema; present and future "
            "tables. Default: none."
        ),
    )
    tables: Strings = Field(
        default=(),
        description=(
            "Single tables or views that it may read, as catalog.schema.table. Default: none."
        ),
    )
    user_groups: Strings = Field(
        default=(),
        description=(
            "Groups of people who use Cube: they get CAN_USE on the SQL warehouse, nothing else. "
            "Default: none."
        ),
    )
    credential_lifetime_days: int = Field(
        default=90,
        ge=1,
        le=MAX_LIFETIME_DAYS,
        description="Lifetime of a new service-account credential in days, 1 to 730. Default: 90.",
    )
    credential_versions: Strings = Field(
        default=("v1",),
        description=(
            "Labels of the credentials that are valid, oldest first; Cube gets the last. To "
            "rotate: append one, apply, redeploy Cube, then remove the old one. One or two. "
            "Default: [v1]."
        ),
    )

    aws_region: str = Field(
        default="",
        pattern=r"^$|^[a-z]{2}(-[a-z]+)+-\d$",
        description=(
            "AWS region of the secret, such as eu-central-1. Default: as boto3 finds it "
            "(AWS_REGION, profile)."
        ),
    )
    aws_profile: str = Field(
        default="",
        description="AWS profile to use. Default: as boto3 finds it (AWS_PROFILE, instance role).",
    )
    secret_name: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9/_+=.@-]{1,512}$",
        description=(
            "Name in AWS Secrets Manager: letters, digits and /_+=.@-. Default: cube-access/<name>."
        ),
    )
    secret_kms_key_id: str = Field(
        default="",
        description=(
            "KMS key (id, ARN or alias) that encrypts the secret. Default: the account's "
            "aws/secretsmanager."
        ),
    )
    secret_recovery_days: int = Field(
        default=30,
        description=(
            "Days in which a deleted secret can be restored: 7 to 30, or 0 to delete at once. "
            "Default: 30."
        ),
    )
    secret_on_destroy: Literal["delete", "keep"] = Field(
        default="delete",
        description=(
            "What destroy does with the secret: delete (after secretRecoveryDays) or keep. "
            "Default: delete."
        ),
    )
    secret_policy: Document = Field(
        default={},
        description=(
            "Resource policy of the secret, as an IAM policy document that is not public. "
            "Default: none."
        ),
    )
    adopt_secret: bool = Field(
        default=False,
        description=(
            "Take over a secret of that name that another stack or person made: true or false. "
            "Default: false."
        ),
    )

    @field_validator("name")
    @classmethod
    def _name_is_not_reserved(cls, name: str) -> str:
        if name in RESERVED_NAMES:
            raise ValueError("is reserved: it means everybody, or administrators, to a warehouse")
        return name

    @field_validator("redirect_uris")
    @classmethod
    def _redirects_are_exact_https(cls, uris: tuple[str, ...]) -> tuple[str, ...]:
        problems = [f"{uri!r} {why}" for uri in uris if (why := _redirect_problem(uri))]
        if not uris:
            problems.append("is empty: without Cube's callback address nobody can sign in")
        if problems:
            raise ValueError("; ".join(problems))
        return uris

    @field_validator("refresh_token_minutes")
    @classmethod
    def _refresh_outlives_access(cls, refresh: int, info: ValidationInfo) -> int:
        access = info.data.get("access_token_minutes")
        if access is not None and refresh < access:
            raise ValueError(
                f"is less than accessTokenMinutes ({access}): a refresh token must live at least "
                "as long"
            )
        return refresh

    @field_validator("credential_versions")
    @classmethod
    def _one_or_two_versions(cls, versions: tuple[str, ...]) -> tuple[str, ...]:
        if not 1 <= len(versions) <= 2 or len(set(versions)) != len(versions):
            raise ValueError(
                "must be one label, or two different ones while a rotation is under way"
            )
        for version in versions:
            if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,30}", version):
                raise ValueError(
                    f"{version!r} is not a label: use a-z, 0-9, dot and hyphen, such as 2026-11"
                )
        return versions

    @field_validator("secret_recovery_days")
    @classmethod
    def _recovery_window_exists(cls, days: int) -> int:
        if days and days not in RECOVERY_DAYS:
            raise ValueError("is not a recovery window that Secrets Manager has")
        return days

    @field_validator("secret_policy")
    @classmethod
    def _policy_is_not_public(cls, policy: dict[str, Any]) -> dict[str, Any]:
        statements = policy.get("Statement", [])
        for statement in [statements] if isinstance(statements, dict) else statements:
            principal = statement.get("Principal")
            values = principal.values() if isinstance(principal, dict) else [principal]
            everybody = any(
                "*" in (value if isinstance(value, list) else [value]) for value in values
            )
            if statement.get("Effect") == "Allow" and (everybody or "NotPrincipal" in statement):
                raise ValueError('allows everybody (Principal "*"): name who may read the secret')
        return policy


class DatabricksSettings(Settings):
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
            "default). The client must keep the new token; older provider plugins do not send it. "
            "Default: unset."
        ),
    )
    credential: Literal["m2m", "pat"] = Field(
        default="m2m",
        description=(
            "How the service account signs in: m2m (OAuth secret) or pat (personal access token). "
            "Default: m2m."
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

    @field_validator("oauth_scopes")
    @classmethod
    def _scopes_are_narrow(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        if "all-apis" in scopes:
            raise ValueError(
                "all-apis gives Cube every API that the person has: name the scopes it needs"
            )
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
    def _groups_are_not_admins(cls, groups: tuple[str, ...]) -> tuple[str, ...]:
        if "admins" in groups:
            raise ValueError(
                "'admins' has every permission already: name the groups of people who use Cube"
            )
        return groups

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


def _redirect_problem(uri: str) -> str:
    """Why Cube's callback may not be this address; empty when it may."""
    try:
        parts = urlsplit(uri)
        host = parts.hostname or ""
    except ValueError as error:
        return f"is not a URL ({error})"
    if parts.scheme != "https":
        return "is not https: tokens would cross the network in the clear"
    if "*" in uri:
        return "has a wildcard: any matching page could collect tokens"
    if "#" in uri or parts.username is not None or "@" in parts.netloc:
        return "has a fragment or a user name, which no callback has"
    if re.search(r"\s", uri) or not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", host):
        return "has no full host name"
    return ""


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
    if words[0] in {"system", "__databricks_internal"} or words[1] == "information_schema":
        return "is Databricks' own (audit logs, metadata of everybody): not for a service account"
    return ""


# pydantic's own words for these speak of inputs, types and
# patterns; the key's description says what fits.
WHAT_IS_WRONG = {
    "bool_parsing": "is neither true nor false",
    "dict_type": "is not a map",
    "int_parsing": "is not a whole number",
    "literal_error": "is none of the values there are",
    "missing": "is missing",
    "string_pattern_mismatch": "does not have the right form",
    "tuple_type": "is not a list",
}

WAREHOUSES: dict[str, type[Settings]] = {"databricks": DatabricksSettings}


def load(config: Mapping[str, str], stack: str, secret_keys: Collection[str] = ()) -> Settings:
    """Settings from a stack's raw configuration.

    Args:
        config: full keys (`cube-access:name`) and the texts that the engine hands over; other
            projects' keys, such as `aws:region`, are passed over.
        stack: the stack's name, from which defaults are made.
        secret_keys: full keys whose values are never shown.

    Raises:
        SettingsError: one error that lists every problem with key, value and what to write.
    """
    prefix = f"{PROJECT}:"
    # Pulumi.yaml gives every key a default, so that this error,
    # not the engine's, reports what is missing: empty is absent.
    values = {
        key.removeprefix(prefix): value
        for key, value in config.items()
        if key.startswith(prefix) and value != ""
    }
    kind = values.get("warehouse", "")
    model = WAREHOUSES.get(kind, Settings)
    slug = re.sub(r"[^a-z0-9]+", "-", stack.lower()).strip("-")
    defaults = {"name": f"cube-{slug}", "sourceName": kind or "unknown"}
    base = values.get("name", defaults["name"])
    # A wrong name is one problem, not two.
    defaults["secretName"] = f"cube-access/{base if re.fullmatch(NAME, base) else slug}"
    try:
        return model.model_validate({**defaults, **values})
    except ValidationError as error:
        # Without a warehouse the keys of every warehouse are
        # possible: only the warehouse itself is wrong.
        known = (
            set().union(*(_keys(each) for each in WAREHOUSES.values()))
            if model is Settings
            else set()
        )
        details = [
            d
            for d in error.errors()
            if not (d["type"] == "extra_forbidden" and d["loc"][0] in known)
        ]
        hidden = {key: "[secret]" for key in values if prefix + key in secret_keys}
        problems = [_problem(model, dict(detail), {**values, **hidden}) for detail in details]
        count = f"{len(problems)} problem{'s' * (len(problems) > 1)}"
        listed = "\n".join(f"  - {problem}" for problem in problems)
        raise SettingsError(
            f"{count} in the configuration of stack {stack}; nothing was changed:\n{listed}\n"
            "  All keys: docs/configuration.md"
        ) from None


def _keys(model: type[Settings]) -> set[str]:
    return {field.alias or "" for field in model.model_fields.values()}


def _problem(model: type[Settings], detail: dict[str, Any], shown: Mapping[str, str]) -> str:
    key = str(detail["loc"][0])
    name = f"{PROJECT}:{key} = {shown[key]}" if key in shown else f"{PROJECT}:{key}"
    field = next((field for field in model.model_fields.values() if field.alias == key), None)
    if field is None:
        close = next(iter(get_close_matches(key, _keys(model), 1, 0.7)), "")
        return f"{name}: no such key. {f'Did you mean {close}?' if close else 'Remove it.'}"
    what = WHAT_IS_WRONG.get(detail["type"]) or detail["msg"].removeprefix("Value error, ")
    return f"{name}: {what}. Write: {field.description}"
