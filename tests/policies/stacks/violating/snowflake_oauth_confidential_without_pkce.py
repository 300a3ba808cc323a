# breaks: oauth-pkce, in prod
"""A confidential client, so PKCE seemed to be too much."""

import pulumi
import pulumi_snowflake as snowflake

snowflake.OauthIntegrationForCustomClients(
    "cube",
    name="CUBE",
    comment="Cube's sign-in; owner: analytics-platform",
    enabled="true",
    oauth_client_type="CONFIDENTIAL",
    oauth_redirect_uri="https://acme.cubecloud.dev/oauth/callback",
    oauth_enforce_pkce="false",
    oauth_issue_refresh_tokens="true",
    oauth_refresh_token_validity=604800,
    oauth_use_secondary_roles="NONE",
    network_policy="CUBE_OAUTH",
    blocked_roles_lists=["ACCOUNTADMIN", "SECURITYADMIN", "SYSADMIN", "USERADMIN"],
    opts=pulumi.ResourceOptions(protect=True),
)
