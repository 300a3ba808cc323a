# breaks: oauth-one-role
"""The form of another tool, for Cube."""

import pulumi_snowflake as snowflake

snowflake.OauthIntegrationForPartnerApplications(
    "cube",
    name="CUBE",
    comment="Cube's sign-in; owner: analytics-platform",
    enabled="true",
    oauth_client="LOOKER",
    oauth_redirect_uri="https://acme.cubecloud.dev/oauth/callback",
    oauth_refresh_token_validity=604800,
    oauth_use_secondary_roles="IMPLICIT",
    blocked_roles_lists=["ACCOUNTADMIN", "SECURITYADMIN", "SYSADMIN", "USERADMIN"],
)
