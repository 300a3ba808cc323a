"""Whom Cube Cloud vouches for: it signs a token for its deployment, which is the service account
without a key, or for each person, who needs no OAuth app then; and Snowflake believes it.

Owns the integration that trusts Cube Cloud's issuer. Other ways for people to sign in are
`oauth.py`'s and `external_oauth.py`'s.
"""

from __future__ import annotations

import pulumi
import pulumi_snowflake as snowflake

from cube_access.component.arguments import Asked
from cube_access.settings import SnowflakeSettings

TOKEN_PATH = "CUBEJS_DB_SNOWFLAKE_OAUTH_TOKEN_PATH"  # noqa: S105 - the name of a variable


def trust_cube_cloud(
    name: str,
    base: pulumi.Output[str],
    asked: Asked[SnowflakeSettings],
    *,
    service_account: pulumi.Output[str],
    integrations: snowflake.Provider,
    parent: pulumi.Resource,
) -> pulumi.Output[str] | None:
    """The name of an integration that lets this deployment, or people, in: in their roles only.
    None: Cube Cloud vouches for nobody.

    An editor of token configs at Cube Cloud can have any subject signed: the role of the session is
    bounded here, by the list of roles, and not by what the token says. A user is let in only in a
    role that they have, so no person in the service account's, nor it in a person's. What a
    person's session can do to its own user is not bounded here (docs/snowflake.md, "Whom you
    trust").

    Args:
        service_account: its role.
        integrations: provider in a role with CREATE INTEGRATION.
    """
    settings, trust = asked.settings, asked.settings.cube_cloud
    if trust is None:
        return None
    if trust.integration:
        return pulumi.Output.from_input(trust.integration)
    listed = asked.get(lambda s: s.trusted_roles, "oauth_role", "user_roles")
    own = [service_account] if settings.keyless else []
    roles = pulumi.Output.all(listed, *own).apply(lambda all_: sorted({*all_[0], *all_[1:]}))
    made = snowflake.ExternalOauthIntegration(
        f"{name}-cube-cloud-integration",
        name=base.apply(lambda _: settings.own_cube_cloud),
        comment="Cube Cloud vouches for who signs in; written by cube-access",
        enabled=True,
        external_oauth_type="CUSTOM",
        external_oauth_issuer=trust.issuer,
        external_oauth_jws_keys_urls=[trust.jws_keys_url],
        external_oauth_audience_lists=asked.get(
            lambda s: list(s.trusted_audiences), "snowflake_account"
        ),
        external_oauth_token_user_mapping_claims=["sub"],
        external_oauth_snowflake_user_mapping_attribute=trust.user_mapping_attribute,
        external_oauth_any_role_mode="DISABLE",
        external_oauth_allowed_roles_lists=roles,
        opts=pulumi.ResourceOptions(
            parent=parent,
            provider=integrations,
            protect=settings.protect,
            # Two of the same name, or for the same issuer, cannot exist side by side.
            delete_before_replace=True,
        ),
    )
    return made.name


def steps(asked: Asked[SnowflakeSettings]) -> list[pulumi.Input[str]]:
    """What is left to do in Cube Cloud by hand: a token config for each whom it vouches for."""
    settings = asked.settings
    place = "Cube Cloud > Admin > OIDC: add a token config for "
    found: list[pulumi.Input[str]] = []
    if service := settings.keyless:
        found.append(
            pulumi.Output.concat(
                f"{place}the deployment, with audience type Custom, audience ",
                _audience(asked, service.audience),
                f", a subject claim format that gives {service.subject}, the custom claim scp = "
                f"session:role:{settings.object_name}, and the target env var {TOKEN_PATH}. Cube "
                "Cloud sets that variable itself.",
            )
        )
    if people := settings.vouched_people:
        found.append(
            pulumi.Output.concat(
                f"{place}the signed-in user, named {settings.source_name}, with audience type "
                "Custom, audience ",
                _audience(asked, people.audience),
                f", the subject claim format {people.subject}, and the custom claim scp = ",
                asked.get(_scope, "oauth_role", "user_roles"),
                f". The subject has to be the person's {people.user_mapping_attribute} in "
                "Snowflake.",
            )
        )
    return found


def _audience(asked: Asked[SnowflakeSettings], given: str | None) -> pulumi.Output[str]:
    return asked.get(lambda s: given or f"https://{s.account_host}", "snowflake_account")


def _scope(settings: SnowflakeSettings) -> str:
    """Without oauthRole no session asks for a role, and each has its person's default role."""
    roles = settings.people_roles
    if len(roles) == 1:
        default = ", and it has to be each person's default role in Snowflake"
        return f"session:role:{roles[0]}{'' if settings.oauth_role else default}"
    return (
        "session:role:{user_attribute:snowflake_role}, where the user attribute snowflake_role is "
        f"the person's default role in Snowflake, one of {', '.join(roles)}"
    )
