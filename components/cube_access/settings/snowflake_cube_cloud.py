"""The keys of an environment on Snowflake in which Cube Cloud vouches for the service account, for
people, or for both; with those of `snowflake.py` all that an environment has.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticKnownError

from cube_access.facts.identifiers import plain
from cube_access.facts.principals import PUBLIC
from cube_access.settings.common import SOURCE_NAME, Document, Strings, goes_without
from cube_access.settings.identity import (
    CubeCloudIdentity,
    CubeCloudSignIn,
    CubeCloudTrust,
    checked,
)
from cube_access.settings.snowflake import (
    OF_OUR_OWN_INTEGRATION,
    ROLES_OF_TASKS,
    SnowflakeAccountSettings,
    object_name,
)
from cube_access.settings.texts import NO_MAP

# What an OAuth app has, and people who sign in with Cube Cloud's own tokens do not need.
OF_AN_OAUTH_APP = (*OF_OUR_OWN_INTEGRATION, "redirect_uris", "oauth_client_type")

# What a service account without a key pair has no use for.
OF_A_KEY_PAIR = (
    "adopt_secret",
    "credential_versions",
    "secret_kms_key_id",
    "secret_on_destroy",
    "secret_policy",
)


class SnowflakeSettings(SnowflakeAccountSettings):
    """An environment on Snowflake."""

    redirect_uris: Strings = Field(
        default=(),
        validate_default=False,
        description=(
            "Cube's OAuth callback address, as Cube Cloud shows it: one exact https URL, in a "
            "list; none with cubeCloudSignIn."
        ),
    )
    source_name: str = Field(
        default="",
        pattern=SOURCE_NAME,
        description=(
            "The key of a person's token under userCredentials in Cube's security context; with "
            "cubeCloudSignIn under oidcTokens, where it is the token config's name: letters, "
            "digits, _ and -. Default: snowflake; with cubeCloudSignIn the environment's name."
        ),
    )
    cube_cloud_identity: Document = Field(
        default={},
        description=(
            "Cube Cloud vouches for the service account, which then has no key pair and nothing to "
            "store. A map of tenant (as in https://<tenant>.cubecloud.dev) and deploymentId (the "
            "number in the deployment's address); where Cube Cloud's token config says otherwise, "
            "issuer, jwsKeysUrl, audience (default: the account's URL) and subject (default: "
            "cube:deployment:<deploymentId>). An issuer is trusted by one integration of an "
            "account: a second environment names the first one's in integration, and the first "
            "lists the second's role in allowedRoles. Default: none, a key pair."
        ),
    )
    cube_cloud_sign_in: Document = Field(
        default={},
        description=(
            "People sign in to Snowflake with the token that Cube Cloud signs for each of them, "
            "without an OAuth app (so without redirectUris), in the role of oauthRole or else in "
            "one of userRoles; sourceName is the token config's name (default: the environment's). "
            "A map of "
            "tenant (as in https://<tenant>.cubecloud.dev); where Cube Cloud's token config says "
            "otherwise, issuer, jwsKeysUrl, audience (default: the account's URL) and subject "
            "({user_email}, which is the default, {username} or {user_id}); userMappingAttribute, "
            "what the subject is each person's of (LOGIN_NAME, which is the default, or "
            "EMAIL_ADDRESS). With cubeCloudIdentity both share one integration. A second "
            "environment names the first one's in integration, and the first lists the second's "
            "roles in allowedRoles. Default: none, an OAuth app."
        ),
    )

    @model_validator(mode="before")
    @classmethod
    def _a_callback_address_can_be_missing(cls, given: Any) -> Any:
        """Only where people sign in without an OAuth app."""
        if isinstance(given, dict) and given.get("cubeCloudSignIn") in NO_MAP:
            return {"redirectUris": None, **given}
        return given

    @field_validator("redirect_uris", mode="before")
    @classmethod
    def _or_is_missing(cls, uris: object) -> object:
        if uris is None:
            raise PydanticKnownError("missing")
        return uris

    @field_validator("cube_cloud_identity")
    @classmethod
    def _cube_cloud_is_complete(cls, given: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        if not given:
            return given
        checked(CubeCloudIdentity, given)
        goes_without(cls, OF_A_KEY_PAIR, info, ": there is no key pair and no secret to store")
        provider = info.data.get("external_oauth") or {}
        if CubeCloudIdentity.model_validate(given).issuer == provider.get("issuer"):
            raise ValueError(
                "has the issuer of externalOauth, which only one integration can trust"
            )
        return given

    @field_validator("cube_cloud_sign_in")
    @classmethod
    def _people_are_vouched_for(cls, given: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        if not given:
            return given
        checked(CubeCloudSignIn, given)
        people = CubeCloudSignIn.model_validate(given)
        goes_without(cls, ["external_oauth"], info, ", where people sign in elsewhere")
        goes_without(
            cls, OF_AN_OAUTH_APP, info, ": Cube Cloud signs people in without an OAuth app"
        )
        goes_without(cls, ["blocked_roles"], info, ": it lets the named roles in, and no other")
        one, several = info.data.get("oauth_role"), info.data.get("user_roles")
        roles = (one,) if one else several
        if roles == () and one is not None:
            raise ValueError(
                "lets nobody in: name the role of everybody's sessions in oauthRole, or those "
                "among which each person's own default role is in userRoles"
            )
        if hard := [plain(role) for role in roles or () if plain(role) != role]:
            raise ValueError(f"{hard[0]} has to be quoted in SQL, which a token cannot carry")
        let_in = {*(roles or ()), *people.allowed_roles}
        own = object_name(info.data.get("name", ""))
        if own in let_in:
            raise ValueError(f"would let people have {own}, the service account's role")
        if PUBLIC in let_in:
            raise ValueError(
                "would let people have PUBLIC, which every user has: a token could open a session "
                "as any of them. Name the roles of people who use Cube"
            )
        for key in ROLES_OF_TASKS:
            if (deployers := str(info.data.get(key, ""))) in let_in:
                raise ValueError(
                    f"would let people have {plain(deployers)}, the deployer's role "
                    f"({to_camel(key)})"
                )
        if identity := info.data.get("cube_cloud_identity"):
            _share(people, CubeCloudIdentity.model_validate(identity))
        return given

    @property
    def keyless(self) -> CubeCloudIdentity | None:
        """Who vouches for the service account, if it has no key pair."""
        given = self.cube_cloud_identity
        return CubeCloudIdentity.model_validate(given) if given else None

    @property
    def vouched_people(self) -> CubeCloudSignIn | None:
        """Who vouches for people, if they have no OAuth app."""
        given = self.cube_cloud_sign_in
        return CubeCloudSignIn.model_validate(given) if given else None

    @property
    def people_roles(self) -> tuple[str, ...]:
        """Those that people's sessions can have, where `vouched_people` says who people are."""
        return (self.oauth_role,) if self.oauth_role else self.user_roles

    @property
    def cube_cloud(self) -> CubeCloudTrust | None:
        """What the account believes of Cube Cloud, if it does."""
        people = self.vouched_people
        first = self.keyless or people
        if first is None:
            return None
        return CubeCloudTrust(
            issuer=first.issuer,
            jws_keys_url=first.jws_keys_url,
            user_mapping_attribute=people.user_mapping_attribute if people else "LOGIN_NAME",
            integration=first.integration,
        )

    @property
    def own_cube_cloud(self) -> str:
        """The name of the integration that is made for it; empty: none, or another environment's is
        used.
        """
        trust = self.cube_cloud
        return f"{self.object_name}_CUBE_CLOUD" if trust and not trust.integration else ""

    @property
    def trusted_audiences(self) -> tuple[str, ...]:
        """Whom the tokens of `cube_cloud` are for."""
        url = f"https://{self.account_host}"
        every = (self.keyless, self.vouched_people)
        return tuple(sorted({each.audience or url for each in every if each}))

    @property
    def trusted_roles(self) -> tuple[str, ...]:
        """Those that they may name: people's, and other environments'. The service account's own
        is not among them.
        """
        people = self.vouched_people
        every = (self.keyless, people)
        others = {role for each in every if each for role in each.allowed_roles}
        return tuple(sorted({*others, *(self.people_roles if people else ())}))

    @property
    def stores_credential(self) -> bool:
        return not self.cube_cloud_identity

    @property
    def has_oauth_app(self) -> bool:
        return not self.cube_cloud_sign_in


def _share(people: CubeCloudSignIn, service: CubeCloudIdentity) -> None:
    """Raises:
    ValueError: the two cannot have one integration, of which an account has one for an issuer.
    """
    for field in ("issuer", "jws_keys_url", "integration"):
        ours, its = getattr(people, field), getattr(service, field)
        if ours != its:
            key = CubeCloudSignIn.model_fields[field].alias
            raise ValueError(
                f"{key} is {ours or 'not there'}, and cubeCloudIdentity's is {its or 'not there'}: "
                "one integration lets people and the service account in, so both say the same"
            )
    if people.user_mapping_attribute != "LOGIN_NAME":
        raise ValueError(
            f"userMappingAttribute is {people.user_mapping_attribute}, but the integration that it "
            "shares with cubeCloudIdentity finds users by LOGIN_NAME: give people the login name "
            "that Cube Cloud signs, or the service account a key pair"
        )
