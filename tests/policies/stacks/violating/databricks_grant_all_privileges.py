# breaks: grants-read-only
"""Two words instead of a list."""

import pulumi_databricks as databricks

databricks.Grant(
    "cube",
    principal="3d6f0b52-5a4e-4f9c-9a56-111111111111",
    schema="main.sales",
    privileges=["all privileges"],
)
