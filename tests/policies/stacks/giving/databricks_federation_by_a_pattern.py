# breaks: federation-bounded
"""Every repository of the organization signs in as Cube."""

import pulumi_databricks as databricks

cube = databricks.ServicePrincipal("cube", display_name="cube")
databricks.ServicePrincipalFederationPolicy(
    "ci",
    service_principal_id=cube.id.apply(int),
    oidc_policy=databricks.ServicePrincipalFederationPolicyOidcPolicyArgs(
        issuer="https://token.actions.githubusercontent.com",
        subject="repo:acme/*",
        audiences=["databricks"],
    ),
)
