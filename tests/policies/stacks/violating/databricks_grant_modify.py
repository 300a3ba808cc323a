# breaks: grants-read-only
"""Cube is to write its pre-aggregations into the schema that it reads."""

import pulumi_databricks as databricks

databricks.Grant(
    "cube",
    principal="3d6f0b52-5a4e-4f9c-9a56-111111111111",
    schema="main.sales",
    privileges=["USE_SCHEMA", "SELECT", "MODIFY"],
)
