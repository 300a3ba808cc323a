# breaks: reads-schemas-only, in prod
"""Listing the schemas was tedious."""

import pulumi_databricks as databricks

databricks.Grant(
    "cube",
    principal="3d6f0b52-5a4e-4f9c-9a56-111111111111",
    catalog="main",
    privileges=["USE_CATALOG", "USE_SCHEMA", "SELECT"],
)
