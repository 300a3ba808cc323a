# breaks: secrets-marked
"""The configuration of Cube, password and all, as a parameter of a job."""

import json

import pulumi_databricks as databricks

databricks.Job(
    "cube",
    name="cube",
    parameters=[
        databricks.JobParameterArgs(
            name="environment", default=json.dumps({"CUBEJS_DB_PASS": "planted"})
        )
    ],
)
