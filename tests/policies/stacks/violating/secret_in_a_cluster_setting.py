# breaks: secrets-marked
"""Cube's token as a variable of a job's cluster, in plain text in the state."""

import pulumi_databricks as databricks

databricks.Cluster(
    "cube",
    cluster_name="cube",
    spark_version="15.4.x-scala2.12",
    node_type_id="m5d.large",
    num_workers=1,
    autotermination_minutes=20,
    spark_env_vars={"CUBEJS_DB_DATABRICKS_TOKEN": "dapi" + "3f9a1c5e7b2d4f6a8c0e1b3d5f7a9c2e"},
)
