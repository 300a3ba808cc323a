"""The keys of an environment on Snowflake, but for those of `snowflake_cube_cloud.py`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from cube_access.facts.identifiers import plain
from cube_access.facts.principals import PUBLIC, SNOWFLAKE_ADMINISTRATORS
from cube_access.settings.addresses import cidrs_problem
from cube_access.settings.common import Document, Strings, encrypted, goes_without
from cube_access.settings.identity import ExternalOauth, checked
from cube_access.settings.names import exact
from cube_access.settings.snowflake_reading import SnowflakeReading

MIN_REFRESH_MINUTES = 1_440  # OAUTH_REFRESH_TOKEN_VALIDITY starts at a day
ROLES_OF_TASKS = ("integration_role", "user_admin_role", "grant_admin_role", "warehouse_admin_role")
# What an identity provider decides by itself.
OF_OUR_OWN_INTEGRATION = (
    "allowed_roles",
    "oauth_any_role",
    "oauth_enforce_pkce",
    "oauth_network_policy",
    "oauth_secret_version",
    "pre_authorized_roles",
    "refresh_token_minutes",
)


class SnowflakeAccountSettings(SnowflakeReading):
    """An environment on Snowflake, where Cube Cloud vouches for nobody."""

    snowflake_account: str = Field(
        pattern=r"^[A-Za-z][A-Za-z0-9]*-[A-Za-z][A-Za-z0-9_]*$",
        description=(
            "The account as <organization>-<account name>, such as MYORG-PROD; underscores of the "
            "account name as they are, no region, no .snowflakecomputing.com."
        ),
    )
    blocked_roles: Strings = Field(
        default=(),
        description=(
            "Roles that no person may use through Cube, besides the administrators' own "
            f"({', '.join(sorted(SNOWFLAKE_ADMINISTRATORS))}), which are always blocked. "
            "Default: none."
        ),
    )
    oauth_enforce_pkce: bool = Field(
        default=True,
        description=(
            "Refuse a sign-in without PKCE (S256): true or false. False only for a client that "
            "cannot do it. Default: true."
        ),
    )
    oauth_role: str = Field(
        default="",
        description=(
            "The role of everybody's sessions: it becomes the scope session:role:<role>, and each "
            "person must have it. Default: each person's own default role."
        ),
    )
    oauth_secret_version: int = Field(
        default=1,
        ge=1,
        le=9_999,
        description=(
            "Which client secret Cube Cloud uses, a number. To rotate: raise it by one, apply, "
            "paste the new secret into Cube Cloud; the previous one works until the next rotation. "
            "Default: 1."
        ),
    )
    pre_authorized_roles: Strings = Field(
        default=(),
        description="Roles for which people are not asked to consent. Default: none.",
    )
    oauth_network_policy: str = Field(
        default="",
        description=(
            "An existing network policy for OAuth's code and token exchange (queries are governed "
            "by the user's or the account's). Default: none."
        ),
    )
    user_roles: Strings = Field(
        default=(),
        description=(
            "Account roles of people who use Cube: they get USAGE on the warehouse, through a role "
            "of our own, and nothing else. Default: none."
        ),
    )
    allowed_roles: Strings = Field(
        default=(),
        description=(
            "Roles that people may use through Cube, besides oauthRole and preAuthorizedRoles; no "
            "others can be consented to. Default: oauthRole alone, or else userRoles; without "
            "these, every role that is not blocked."
        ),
    )
    oauth_any_role: bool = Field(
        default=False,
        description=(
            "Let people use every role that is not blocked, whatever userRoles or oauthRole say: "
            "true or false. True for people whose default role is another, or for an account that "
            "does not know ALLOWED_ROLES_LIST. Default: false."
        ),
    )
    allowed_cidrs: Strings = Field(
        default=(),
        description=(
            "Addresses from which the service account may sign in, as IPv4 CIDR such as "
            "203.0.113.0/24; they make a network policy. Default: none, from anywhere the account "
            "allows."
        ),
    )
    authentication_policy_schema: str = Field(
        default="",
        description=(
            "A schema, as DATABASE.SCHEMA, in which to keep an authentication policy that lets the "
            "service account sign in by key pair only (Enterprise edition). Default: none."
        ),
    )
    statement_timeout_seconds: int = Field(
        default=600,
        ge=1,
        le=604_800,
        description=(
            "Seconds after which a statement of the service account, or on our own warehouse, is "
            "cancelled, 1 to 604800. Default: 600."
        ),
    )
    snowflake_warehouse: str = Field(
        default="",
        description="An existing warehouse, by its name. Default: one of our own is created.",
    )
    snowflake_warehouse_size: Literal[
        "XSMALL", "SMALL", "MEDIUM", "LARGE", "XLARGE", "XXLARGE", "XXXLARGE"
    ] = Field(
        default="XSMALL",
        description="Size of our own warehouse, XSMALL to XXXLARGE. Default: XSMALL.",
    )
    snowflake_warehouse_auto_suspend_seconds: int = Field(
        default=60,
        ge=30,
        le=86_400,
        description=(
            "Idle seconds until our own warehouse is suspended, 30 to 86400. Default: 60."
        ),
    )
    snowflake_warehouse_credit_quota: int = Field(
        default=0,
        ge=0,
        description=(
            "Credits a month that our own warehouse may use before it is suspended (a resource "
            "monitor, which only ACCOUNTADMIN can make). Default: 0, no limit."
        ),
    )
    integration_role: str = Field(
        default="ACCOUNTADMIN",
        description=(
            "Role in which the deployer makes the OAuth integration (CREATE INTEGRATION) and a "
            "resource monitor. Default: ACCOUNTADMIN."
        ),
    )
    user_admin_role: str = Field(
        default="USERADMIN",
        description=(
            "Role in which it makes the user and the role (CREATE USER, CREATE ROLE). "
            "Default: USERADMIN."
        ),
    )
    grant_admin_role: str = Field(
        default="SECURITYADMIN",
        description=(
            "Role in which it grants (MANAGE GRANTS) and makes the network policy. "
            "Default: SECURITYADMIN."
        ),
    )
    warehouse_admin_role: str = Field(
        default="SYSADMIN",
        description=(
            "Role in which it makes a warehouse (CREATE WAREHOUSE), and a database role (CREATE "
            "DATABASE ROLE on the database, which its owner has). Default: SYSADMIN."
        ),
    )
    deployer_role: Literal["per-task", "sign-in"] = Field(
        default="per-task",
        description=(
            "per-task: the deployer signs in once in each of integrationRole, userAdminRole, "
            "grantAdminRole and warehouseAdminRole. sign-in: in the default role of the user who "
            "runs pulumi, for everything; what a least-privilege deployer and a read-only "
            "previewer of one environment need (cube-access roles). Default: per-task."
        ),
    )
    external_oauth_client_secret: SecretStr = Field(
        default=SecretStr(""),
        repr=False,
        description=(
            "Cube's client secret at the identity provider of externalOauth, set with `pulumi "
            "config set --secret cube-access:externalOauthClientSecret`. Default: none."
        ),
    )
    external_oauth: Document = Field(
        default={},
        repr=False,
        description=(
            "People sign in at an identity provider instead of Snowflake. A map of type (OKTA, "
            "AZURE for Entra ID, CUSTOM), issuer (exactly the tokens' iss), jwsKeysUrl, audience "
            "(the tokens' aud; without it the account's URL), userMappingClaim (such as sub or "
            "upn), userMappingAttribute (LOGIN_NAME, which is the default, or EMAIL_ADDRESS), "
            "authUrl, tokenUrl, clientId, and scopes (a list, with a role that the token is to "
            "name, such as session:role:ANALYST). Default: none, Snowflake itself."
        ),
    )

    @field_validator("refresh_token_minutes")
    @classmethod
    def _refresh_is_a_day_at_least(cls, minutes: int) -> int:
        if minutes < MIN_REFRESH_MINUTES:
            raise ValueError("is less than a day, the least that Snowflake takes")
        return minutes

    @field_validator("redirect_uris")
    @classmethod
    def _one_redirect(cls, uris: tuple[str, ...]) -> tuple[str, ...]:
        if len(uris) > 1:
            raise ValueError("has several: a Snowflake integration has one redirect address")
        return uris

    @field_validator(
        "oauth_role",
        "oauth_network_policy",
        "snowflake_warehouse",
        *ROLES_OF_TASKS,
    )
    @classmethod
    def _is_one_name(cls, text: str) -> str:
        return exact([text], 1)[0][0] if text else text

    @field_validator("oauth_network_policy")
    @classmethod
    def _policy_is_in_capitals(cls, policy: str) -> str:
        if policy != policy.upper():
            raise ValueError(
                f"is {plain(policy)}, but an integration takes this one name in upper case, quoted "
                f"or not: another policy, {policy.upper()}, would be attached, or none. Name one "
                "that is in upper case"
            )
        return policy

    @field_validator("pre_authorized_roles", "blocked_roles", "user_roles", "allowed_roles")
    @classmethod
    def _are_names(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for (name,) in exact(texts, 1))

    @field_validator("oauth_role", "pre_authorized_roles", "user_roles", "allowed_roles")
    @classmethod
    def _roles_are_not_privileged(
        cls, value: str | tuple[str, ...], info: ValidationInfo
    ) -> str | tuple[str, ...]:
        roles = {value} if isinstance(value, str) else set(value)
        if found := sorted(roles & SNOWFLAKE_ADMINISTRATORS):
            raise ValueError(f"{', '.join(found)} administers the account and is always blocked")
        if info.field_name == "user_roles" and PUBLIC in roles:
            raise ValueError("PUBLIC is everybody: name the roles of people who use Cube")
        if both := sorted(roles & set(info.data.get("blocked_roles", ()))):
            raise ValueError(f"{', '.join(both)} is also in blockedRoles")
        return value

    @field_validator("oauth_any_role")
    @classmethod
    def _any_role_or_some(cls, chosen: bool, info: ValidationInfo) -> bool:
        if chosen:
            goes_without(cls, ["allowed_roles"], info)
        return chosen

    @field_validator("oauth_role")
    @classmethod
    def _role_fits_a_scope(cls, role: str) -> str:
        if role and plain(role) != role:
            raise ValueError("has to be quoted in SQL, which an OAuth scope cannot carry")
        return role

    @field_validator("allowed_cidrs")
    @classmethod
    def _cidrs_are_narrow(cls, cidrs: tuple[str, ...]) -> tuple[str, ...]:
        if problem := cidrs_problem(cidrs):
            raise ValueError(problem)
        return cidrs

    @field_validator("authentication_policy_schema")
    @classmethod
    def _policy_schema_is_one(cls, text: str) -> str:
        return plain(*exact([text], 2)[0]) if text else text

    @field_validator("external_oauth_client_secret")
    @classmethod
    def _is_encrypted(cls, secret: SecretStr, info: ValidationInfo) -> SecretStr:
        return encrypted(secret, info)

    @field_validator("external_oauth")
    @classmethod
    def _identity_provider_is_complete(
        cls, given: dict[str, Any], info: ValidationInfo
    ) -> dict[str, Any]:
        secret = info.data.get("external_oauth_client_secret")
        if not given:
            if secret and secret.get_secret_value():
                raise ValueError("is missing, although externalOauthClientSecret is set")
            return given
        checked(ExternalOauth, given)
        goes_without(cls, OF_OUR_OWN_INTEGRATION, info, ", which the identity provider decides")
        public = info.data.get("oauth_client_type") == "public"
        if secret is not None and public == bool(secret.get_secret_value()):
            raise ValueError(
                "is of a public client: remove externalOauthClientSecret"
                if public
                else "lacks its client secret: set externalOauthClientSecret"
            )
        return given

    @field_validator("deployer_role")
    @classmethod
    def _one_role_or_four(cls, chosen: str, info: ValidationInfo) -> str:
        if chosen == "sign-in":
            goes_without(cls, ROLES_OF_TASKS, info)
        return chosen

    @property
    def identity_provider(self) -> ExternalOauth | None:
        return ExternalOauth.model_validate(self.external_oauth) if self.external_oauth else None

    @property
    def organization(self) -> str:
        return self.snowflake_account.partition("-")[0].upper()

    @property
    def account_name(self) -> str:
        return self.snowflake_account.partition("-")[2].upper()

    @property
    def account_host(self) -> str:
        """Host name of the account's URLs, where an underscore becomes a hyphen."""
        return f"{self.snowflake_account.lower().replace('_', '-')}.snowflakecomputing.com"

    @property
    def object_name(self) -> str:
        """`name` as Snowflake's objects are commonly called: CUBE_DEV for cube-dev."""
        return object_name(self.name)


def object_name(name: str) -> str:
    """CUBE_DEV for cube-dev."""
    return name.upper().replace("-", "_")
