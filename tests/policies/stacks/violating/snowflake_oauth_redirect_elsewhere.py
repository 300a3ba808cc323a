# breaks: oauth-redirects-known
"""A colleague's tunnel, to debug the sign-in."""

import pulumi_snowflake as snowflake

snowflake.OauthIntegrationForCustomClients(
    "cube",
    name="CUBE",
    comment="Cube's sign-in; owner: analytics-platform",
    enabled="true",
    oauth_client_type="CONFIDENTIAL",
    oauth_redirect_uri="https://cube-debug.ngrok.example/oauth/callback",
    oauth_enforce_pkce="true",
    oauth_issue_refresh_tokens="true",
    oauth_refresh_token_validity=604800,
    oauth_use_secondary_roles="NONE",
    network_policy="CUBE_OAUTH",
    blocked_roles_lists=["ACCOUNTADMIN", "SECURITYADMIN", "SYSADMIN", "USERADMIN"],
)
