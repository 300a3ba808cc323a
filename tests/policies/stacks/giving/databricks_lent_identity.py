# breaks: identities-not-lent
"""Whoever supports Cube may run jobs as it."""

import pulumi_databricks as databricks

cube = databricks.ServicePrincipal("cube", display_name="cube")
databricks.AccessControlRuleSet(
    "cube",
    name=cube.application_id.apply(
        lambda own: f"accounts/0a1b2c3d/servicePrincipals/{own}/ruleSets/default"
    ),
    grant_rules=[
        databricks.AccessControlRuleSetGrantRuleArgs(
            role="roles/servicePrincipal.user", principals=["groups/support"]
        )
    ],
)
