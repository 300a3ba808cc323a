# warns: unknowns-named
"""Who reads is decided by another resource, which is about to be made: nobody can say."""

import pulumi_databricks as databricks

pointer = databricks.Directory("cube", path="/Shared/cube")
databricks.Grant(
    "cube",
    principal=pointer.object_id.apply(str),
    schema="main.sales",
    privileges=["USE_SCHEMA", "SELECT"],
)
