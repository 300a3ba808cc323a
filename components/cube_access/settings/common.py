"""The keys that every environment has, whichever its warehouse."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
)
from pydantic.alias_generators import to_camel

from cube_access.cube.cube_py import read_hooks
from cube_access.facts.principals import (
    DATABRICKS_ADMINS,
    DATABRICKS_EVERYBODY,
    PUBLIC,
    SNOWFLAKE_ADMINISTRATORS,
)
from cube_access.settings.addresses import redirect_problem, repeated
from cube_access.settings.stored import policy_problem, tags_problem
from cube_access.settings.texts import date_problem, decoded, hidden_problem

MAX_REFRESH_MINUTES = 129_600  # 90 days, the limit of both warehouses
RECOVERY_DAYS = range(7, 31)
DATA_SOURCE = r"^[a-z][a-z0-9_]{0,39}$"
SOURCE_NAME = r"^[A-Za-z][A-Za-z0-9_-]{0,62}$"
NAME = r"^[a-z][a-z0-9-]{1,38}[a-z0-9]$"

# Groups and principals that mean "everybody" or "administrators", as a name of ours would be
# written: never one for something of ours.
RESERVED_NAMES = {
    *(name.replace(" ", "-") for name in DATABRICKS_EVERYBODY),
    *(name.lower() for name in (PUBLIC, *SNOWFLAKE_ADMINISTRATORS)),
    *(DATABRICKS_ADMINS, "admin", "administrators", "all-users", "root"),
}


Strings = Annotated[tuple[str, ...], BeforeValidator(decoded)]
Tags = Annotated[dict[str, str], BeforeValidator(decoded)]
DataSources = Annotated[dict[str, str], BeforeValidator(decoded)]
Document = Annotated[dict[str, Any], BeforeValidator(decoded)]


class Settings(BaseModel):
    """What every environment has, whichever its warehouse."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        # A preview reads one of the models: validators of the others need not be made.
        defer_build=True,
        extra="forbid",
        frozen=True,
        str_strip_whitespace=True,
        validate_default=True,
    )

    warehouse: Literal["databricks", "snowflake", "external"] = Field(
        description=(
            "The warehouse that Cube queries: databricks, snowflake, or external for one in which "
            "nothing is made."
        )
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
            "the service account): true or false. Set false for the one apply that is meant to do "
            "so; before a destroy, apply it. Default: true."
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
    source_name: str = Field(
        default="",
        pattern=SOURCE_NAME,
        description=(
            "The key under userCredentials in Cube's security context: letters, digits, _ and -. "
            "Default: the warehouse, or externalType."
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

    data_source: str = Field(
        default="default",
        pattern=DATA_SOURCE,
        description=(
            "Cube's name of the data source that people sign in to: a-z, 0-9 and _. Default: "
            "default."
        ),
    )
    other_data_sources: DataSources = Field(
        default={},
        description=(
            "The deployment's other data sources, which everybody shares, as name: Cube's driver "
            "(such as default: postgres); their own variables you set in Cube. Default: none."
        ),
    )

    cube_hooks: str = Field(
        default="",
        description=(
            "A Python file with functions of your own for Cube (query_rewrite, context_to_groups, "
            "logger, ...), which becomes part of cube.py: its path, from the folder that Pulumi "
            "runs in. Default: none."
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
        problems = [f"{uri!r} {why}" for uri in uris if (why := redirect_problem(uri))]
        if not uris:
            problems.append("is empty: without Cube's callback address no person can sign in")
        problems = problems or [f"{uri!r} is there twice" for uri in repeated(uris)]
        if problems:
            raise ValueError("; ".join(problems))
        return uris

    @field_validator("other_data_sources")
    @classmethod
    def _data_sources_are_cubes(
        cls, others: dict[str, str], info: ValidationInfo
    ) -> dict[str, str]:
        for name, driver in others.items():
            if not re.fullmatch(DATA_SOURCE, name):
                raise ValueError(f"{name!r} is no name that makes a variable: use a-z, 0-9 and _")
            if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", driver):
                raise ValueError(f"{name} is {driver!r}, which is none of Cube's drivers")
        own = info.data.get("data_source")
        if own in others:
            raise ValueError(f"has {own}, which is the one that people sign in to (dataSource)")
        if own not in (None, "default") and "default" not in others:
            raise ValueError("lacks default, which Cube always has: name its driver")
        return others

    @field_validator("cube_hooks")
    @classmethod
    def _hooks_fit_into_cube_py(cls, path: str) -> str:
        read_hooks(path)
        return path

    @field_validator("secret_recovery_days")
    @classmethod
    def _recovery_window_exists(cls, days: int) -> int:
        if days and days not in RECOVERY_DAYS:
            raise ValueError("is not a recovery window that Secrets Manager has")
        return days

    @field_validator("tags")
    @classmethod
    def _aws_takes_the_tags(cls, tags: dict[str, str]) -> dict[str, str]:
        if problem := tags_problem(tags):
            raise ValueError(problem)
        for key, value in tags.items():
            if problem := date_problem(value):
                raise ValueError(f"{key} {problem}")
        return tags

    @field_validator("secret_policy")
    @classmethod
    def _policy_is_not_public(cls, policy: dict[str, Any]) -> dict[str, Any]:
        if problem := policy_problem(policy):
            raise ValueError(problem)
        return policy

    @field_validator("*")
    @classmethod
    def _has_no_hidden_character(cls, value: Any, info: ValidationInfo) -> Any:
        # Certificates have lines.
        if info.field_name != "external_ssl_ca" and (problem := hidden_problem(value)):
            raise ValueError(problem)
        return value

    @property
    def stores_credential(self) -> bool:
        """Whether the service account has a credential that is put into AWS."""
        return True

    @property
    def has_oauth_app(self) -> bool:
        """Whether people sign in through an OAuth app of Cube Cloud's."""
        return True


class ProvisionedSettings(Settings):
    """What an environment has besides where its warehouse is set up by us."""

    refresh_token_minutes: int = Field(
        default=10_080,
        ge=5,
        le=MAX_REFRESH_MINUTES,
        description=(
            "Minutes until a user must authorize again: 5 to 129600, at least accessTokenMinutes "
            "(Databricks); 1440 to 129600 (Snowflake). Default: 10080 (7 days)."
        ),
    )
    schemas: Strings = Field(
        default=(),
        description=(
            "Schemas that the service account may read, as catalog.schema or DATABASE.SCHEMA; "
            "present and future tables. Default: none."
        ),
    )
    tables: Strings = Field(
        default=(),
        description=(
            "Single tables or views that it may read, as catalog.schema.table or "
            "DATABASE.SCHEMA.TABLE. Default: none."
        ),
    )
    credential_versions: Strings = Field(
        default=("v1",),
        description=(
            "Labels of the credentials that are valid, oldest first; Cube gets the last. To "
            "rotate: append one, apply, redeploy Cube, then remove the old one. One or two. "
            "Default: [v1]."
        ),
    )

    @field_validator("credential_versions")
    @classmethod
    def _one_or_two_versions(cls, versions: tuple[str, ...]) -> tuple[str, ...]:
        if not 1 <= len(versions) <= 2 or len(set(versions)) != len(versions):
            raise ValueError(
                "must be one label, or two different ones while a rotation is under way"
            )
        for version in versions:
            if problem := date_problem(version):
                raise ValueError(f"{version!r} {problem}")
            if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,30}", version):
                raise ValueError(
                    f"{version!r} is not a label: use a-z, 0-9, dot and hyphen, such as 2026-11"
                )
        return versions


def goes_without(
    model: type[BaseModel], names: Iterable[str], info: ValidationInfo, why: str = ""
) -> None:
    """Raises:
    ValueError: one of these fields, which the key under validation excludes, is set as well.
    """
    fields = model.model_fields
    given = [
        str(fields[name].alias)
        for name in names
        if info.data.get(name, fields[name].default) != fields[name].default
    ]
    if given:
        raise ValueError(f"does not go with {', '.join(given)}{why}: remove one or the other")


def encrypted(secret: SecretStr, info: ValidationInfo) -> SecretStr:
    """Raises:
    ValueError: the secret is plain in the stack's file.
    """
    if secret.get_secret_value() and to_camel(info.field_name or "") not in (info.context or ()):
        raise ValueError("is readable in the stack's file: treat it as compromised and rotate it")
    return secret
