# breaks: nothing
"""People sign in at the company's identity provider; only the analysts' role may be used."""

import pulumi_snowflake as snowflake

snowflake.ExternalOauthIntegration(
    "cube",
    name="CUBE_EXTERNAL",
    comment="Cube's sign-in; owner: analytics-platform",
    enabled=True,
    external_oauth_type="CUSTOM",
    external_oauth_issuer="https://login.acme.example",
    external_oauth_jws_keys_urls=["https://login.acme.example/keys"],
    external_oauth_audience_lists=["https://sandbox-analytics.snowflakecomputing.com"],
    external_oauth_token_user_mapping_claims=["sub"],
    external_oauth_snowflake_user_mapping_attribute="LOGIN_NAME",
    external_oauth_allowed_roles_lists=["ANALYST"],
)
