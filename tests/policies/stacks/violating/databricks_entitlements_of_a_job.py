# breaks: compute-not-created
"""Entitlements copied from a job's service principal."""

import pulumi_databricks as databricks

databricks.Entitlements(
    "cube",
    service_principal_id="5004080000000077",
    databricks_sql_access=True,
    allow_instance_pool_create=True,
)
