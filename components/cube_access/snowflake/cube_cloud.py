"""The service account without a key: Cube Cloud signs a token for its deployment, and Snowflake
believes it.

Owns the integration that trusts Cube Cloud's issuer for the service account. How people sign in is
`oauth.py`'s and `external_oauth.py`'s, and independent of this.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_snowflake as snowflake

from cube_access.settings.identity import CubeCloudIdentity

TOKEN_PATH = "CUBEJS_DB_SNOWFLAKE_OAUTH_TOKEN_PATH"  # noqa: S105 - the name of a variable


def trust_cube_cloud(
    name: str,
    base: pulumi.Output[str],
    identity: CubeCloudIdentity,
    *,
    audience: pulumi.Input[str],
    role: pulumi.Output[str],
    protect: bool,
    integrations: snowflake.Provider,
    parent: pulumi.Resource,
) -> pulumi.Output[str]:
    """The name of an integration that lets this deployment in, in the service account's role only.

    Whoever may set up token configs at Cube Cloud can have any subject signed: what such a token
    reaches is bounded here, by the list of roles, and not by what it says.

    Args:
        integrations: provider in a role with CREATE INTEGRATION.
    """
    if identity.integration:
        return pulumi.Output.from_input(identity.integration)
    roles = role.apply(lambda ours: sorted({ours, *identity.allowed_roles}))
    made = snowflake.ExternalOauthIntegration(
        f"{name}-cube-cloud-integration",
        name=pulumi.Output.concat(base, "_CUBE_CLOUD"),
        comment="Cube Cloud's deployments sign in; written by cube-access",
        enabled=True,
        external_oauth_type="CUSTOM",
        external_oauth_issuer=identity.issuer,
        external_oauth_jws_keys_urls=[identity.jws_keys_url],
        external_oauth_audience_lists=[audience],
        external_oauth_token_user_mapping_claims=["sub"],
        external_oauth_snowflake_user_mapping_attribute="LOGIN_NAME",
        external_oauth_any_role_mode="DISABLE",
        external_oauth_allowed_roles_lists=roles,
        opts=pulumi.ResourceOptions(
            parent=parent,
            provider=integrations,
            protect=protect,
            # Two of the same name, or for the same issuer, cannot exist side by side.
            delete_before_replace=True,
        ),
    )
    return made.name


def steps(
    identity: CubeCloudIdentity, *, audience: pulumi.Input[str], role: str
) -> Sequence[pulumi.Input[str]]:
    """What is left to do in Cube Cloud, for a person."""
    return [
        pulumi.Output.concat(
            "Cube Cloud > Admin > OIDC: add a token config for the deployment, with audience type "
            "Custom, audience ",
            audience,
            f", a subject claim format that gives {identity.subject}, the custom claim scp = "
            f"session:role:{role}, and the target env var {TOKEN_PATH}. Cube Cloud sets that "
            "variable itself.",
        )
    ]
