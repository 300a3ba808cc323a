# breaks: grants-read-only
"""A catalog for pre-aggregations, to be made by Cube."""

import pulumi_databricks as databricks

databricks.Grant(
    "cube",
    principal="3d6f0b52-5a4e-4f9c-9a56-111111111111",
    metastore="5a4d0000-0000-4000-8000-000000000002",
    privileges=["CREATE_CATALOG"],
)
