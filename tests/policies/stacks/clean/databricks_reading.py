# breaks: nothing
"""A service principal that reads one schema."""

import pulumi_databricks as databricks

principal = databricks.ServicePrincipal("cube", display_name="cube", databricks_sql_access=True)
databricks.Grant(
    "catalog", principal=principal.application_id, catalog="main", privileges=["USE CATALOG"]
)
databricks.Grant(
    "schema",
    principal=principal.application_id,
    schema="main.sales",
    privileges=["USE_SCHEMA", "SELECT"],
)
