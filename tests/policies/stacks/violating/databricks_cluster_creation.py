# breaks: compute-not-created
"""Entitlements copied from a job's service principal."""

import pulumi_databricks as databricks

databricks.ServicePrincipal(
    "cube",
    display_name="cube",
    databricks_sql_access=True,
    allow_cluster_create=True,
)
