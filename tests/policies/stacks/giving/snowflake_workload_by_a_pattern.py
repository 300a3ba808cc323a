# breaks: federation-bounded
"""Every repository of the organization signs in as Cube."""

import pulumi_snowflake as snowflake

snowflake.ServiceUser(
    "cube",
    name="CUBE",
    comment="Cube's service account; owner: analytics-platform",
    default_secondary_roles_option="NONE",
    network_policy="CUBE",
    default_workload_identity=snowflake.ServiceUserDefaultWorkloadIdentityArgs(
        oidc=snowflake.ServiceUserDefaultWorkloadIdentityOidcArgs(
            issuer="https://token.actions.githubusercontent.com", subject="repo:acme/*"
        )
    ),
)
