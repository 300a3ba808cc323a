"""Who signs people and the service account in to Snowflake, where that is not Snowflake itself: the
maps `externalOauth`, `cubeCloudIdentity` and `cubeCloudSignIn`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel

from cube_access.facts.identifiers import parse
from cube_access.facts.principals import PUBLIC, SNOWFLAKE_ADMINISTRATORS
from cube_access.settings.addresses import url_problem
from cube_access.settings.texts import what_is_wrong


def _is_https(url: str) -> str:
    if problem := url_problem(url):
        raise ValueError(f"{url!r} {problem}")
    return url


def _one_name(text: str) -> str:
    try:
        (name,) = parse(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a name") from None
    if '"' in name:
        raise ValueError(f"{text!r} has a double quote inside")
    return name


Url = Annotated[str, AfterValidator(_is_https)]
Name = Annotated[str, AfterValidator(_one_name)]
# DESCRIBE gives lists with commas, and the plugin reads them back.
Word = Annotated[str, Field(pattern=r"^[^\s,'\"\\]+$")]


class _Map(BaseModel):
    """A key whose value is a map."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        defer_build=True,  # as with the models that have such a key
        extra="forbid",
        frozen=True,
        str_strip_whitespace=True,
    )


class ExternalOauth(_Map):
    """An identity provider whose tokens Snowflake takes, and Cube as its client."""

    type: Literal["OKTA", "AZURE", "CUSTOM"]
    issuer: Url
    jws_keys_url: Url
    audience: Word | None = None
    user_mapping_claim: Word
    user_mapping_attribute: Literal["LOGIN_NAME", "EMAIL_ADDRESS"] = "LOGIN_NAME"
    auth_url: Url
    token_url: Url
    client_id: Word
    scopes: tuple[Word, ...] = Field(min_length=1)

    @field_validator("scopes")
    @classmethod
    def _roles_are_named(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        if any(scope.lower().endswith("session:role-any") for scope in scopes):
            raise ValueError("has session:role-any, which is off: name the role of the session")
        in_capitals = [scope.upper() for scope in scopes]
        named = {s.rpartition(":")[2] for s in in_capitals if "SESSION:ROLE:" in s}
        if found := sorted(named & SNOWFLAKE_ADMINISTRATORS):
            raise ValueError(f"has {', '.join(found)}, which is always blocked")
        return scopes


class _CubeCloud(_Map):
    """Cube Cloud as an issuer of tokens.

    What is left out follows https://docs.cube.dev/admin/connect-to-data/data-sources/snowflake.
    """

    FOLLOWS: ClassVar[Mapping[str, tuple[str, str]]] = {
        "tenant": ("issuer", "https://{}.cubecloud.dev")
    }
    """What is made of a part, and how."""

    tenant: str | None = Field(default=None, pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")
    issuer: Url
    jws_keys_url: Url
    audience: Word | None = None
    integration: Name | None = None
    """One that trusts the issuer already, instead of one of our own."""
    allowed_roles: tuple[Name, ...] = ()
    """Of other environments that use our integration."""

    @model_validator(mode="before")
    @classmethod
    def _the_rest_follows(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        rest = dict(given)
        for key, (result, text) in cls.FOLLOWS.items():
            if given.get(key):
                rest.setdefault(result, text.format(given[key]))
        absent = [key for key, (result, _) in cls.FOLLOWS.items() if not rest.get(result)]
        if absent:
            raise ValueError(f"{' and '.join(absent)} {'are' if absent[1:] else 'is'} missing")
        rest.setdefault("jwsKeysUrl", f"{str(rest['issuer']).rstrip('/')}/.well-known/jwks.json")
        return rest

    @model_validator(mode="after")
    def _roles_are_listed_where_they_count(self) -> Self:
        if self.integration and self.allowed_roles:
            raise ValueError(
                "allowedRoles goes with an integration of our own: list them where it is made"
            )
        return self

    @field_validator("allowed_roles")
    @classmethod
    def _roles_are_not_privileged(cls, roles: tuple[str, ...]) -> tuple[str, ...]:
        if found := sorted({*roles} & {*SNOWFLAKE_ADMINISTRATORS, PUBLIC}):
            raise ValueError(f"has {', '.join(found)}: name the roles of other environments")
        return roles


class CubeCloudIdentity(_CubeCloud):
    """Cube Cloud as the one who vouches for a deployment, and the deployment's name there."""

    model_config = ConfigDict(coerce_numbers_to_str=True)  # a deployment is a number in YAML

    FOLLOWS: ClassVar[Mapping[str, tuple[str, str]]] = {
        **_CubeCloud.FOLLOWS,
        "deploymentId": ("subject", "cube:deployment:{}"),
    }

    deployment_id: str | None = Field(default=None, pattern=r"^[0-9]+$")
    subject: Word


class CubeCloudSignIn(_CubeCloud):
    """Cube Cloud as the one who vouches for people, and what it calls them."""

    subject: Literal["{user_email}", "{username}", "{user_id}"] = "{user_email}"
    """The format that Cube Cloud fills in."""
    user_mapping_attribute: Literal["LOGIN_NAME", "EMAIL_ADDRESS"] = "LOGIN_NAME"

    @model_validator(mode="after")
    def _an_address_is_compared_with_an_address(self) -> Self:
        if self.user_mapping_attribute == "EMAIL_ADDRESS" and self.subject != "{user_email}":
            raise ValueError(
                f"userMappingAttribute is EMAIL_ADDRESS, and the subject {self.subject} is none"
            )
        return self


@dataclass(frozen=True, kw_only=True)
class CubeCloudTrust:
    """What one integration believes of Cube Cloud: an account has one for an issuer, so people and
    the service account share it.
    """

    issuer: str
    jws_keys_url: str
    user_mapping_attribute: str
    integration: str | None
    """Another environment's; None: one of our own."""


def checked(model: type[_Map], given: dict[str, Any]) -> None:
    """Raises:
    ValueError: every problem of the map, each with the name of its part.
    """
    try:
        model.model_validate(given)
    except ValidationError as error:
        problems = [
            " ".join((*map(str, detail["loc"][:1]), what_is_wrong(detail)))
            for detail in error.errors()
        ]
        raise ValueError("; ".join(problems)) from None
