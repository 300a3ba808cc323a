# breaks: clusters-isolate
"""The cluster of a job has no isolation."""

import pulumi_databricks as databricks

databricks.Job(
    "nightly",
    name="nightly",
    job_clusters=[
        databricks.JobJobClusterArgs(
            job_cluster_key="main",
            new_cluster=databricks.JobJobClusterNewClusterArgs(
                spark_version="15.4.x-scala2.12", num_workers=1, data_security_mode="NONE"
            ),
        )
    ],
)
