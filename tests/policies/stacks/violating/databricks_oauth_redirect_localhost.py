# breaks: oauth-redirects-https and oauth-redirects-known, in prod
"""The developer's own Cube, next to the real one."""

import pulumi
import pulumi_databricks as databricks

account = databricks.Provider(
    "account",
    host="https://accounts.cloud.databricks.com",
    account_id="5a4d0000-0000-4000-8000-000000000001",
)
databricks.CustomAppIntegration(
    "cube",
    name="cube",
    confidential=True,
    redirect_urls=[
        "https://acme.cubecloud.dev/oauth/callback",
        "http://localhost:4000/oauth/callback",
    ],
    scopes=["sql", "offline_access"],
    token_access_policy=databricks.CustomAppIntegrationTokenAccessPolicyArgs(
        access_token_ttl_in_minutes=60,
        refresh_token_ttl_in_minutes=10080,
    ),
    opts=pulumi.ResourceOptions(provider=account, protect=True),
)
