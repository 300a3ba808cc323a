# breaks: grants-read-only
"""Cube is to look after its own grants."""

import pulumi_databricks as databricks

databricks.Grant(
    "cube",
    principal="3d6f0b52-5a4e-4f9c-9a56-111111111111",
    catalog="main",
    privileges=["USE_CATALOG", "MANAGE"],
)
