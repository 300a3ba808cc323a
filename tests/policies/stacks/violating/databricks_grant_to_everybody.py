# breaks: grants-to-somebody
"""Everybody should see the schema, not only Cube."""

import pulumi_databricks as databricks

databricks.Grant(
    "cube",
    principal="account users",
    schema="main.sales",
    privileges=["USE_SCHEMA", "SELECT"],
)
