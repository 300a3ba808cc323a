# breaks: access-lists-additive
"""The name of another's schema, computed from one's own."""

import pulumi_databricks as databricks

own = databricks.Schema("own", catalog_name="main", name="own")
databricks.Grants(
    "cube",
    schema=own.name.apply(lambda _: "hr.pay"),
    grants=[
        databricks.GrantsGrantArgs(
            principal="3d6f0b52-5a4e-4f9c-9a56-111111111111", privileges=["SELECT"]
        )
    ],
)
