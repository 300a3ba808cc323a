# breaks: access-lists-additive
"""The plural, which takes everybody else's privileges away."""

import pulumi_databricks as databricks

databricks.Grants(
    "cube",
    schema="main.sales",
    grants=[
        databricks.GrantsGrantArgs(
            principal="3d6f0b52-5a4e-4f9c-9a56-111111111111", privileges=["SELECT"]
        )
    ],
)
