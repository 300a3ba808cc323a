# breaks: cloud-roles-not-given
"""The cluster of a job reads the lake as the administrator of it."""

import pulumi_databricks as databricks

databricks.Job(
    "nightly",
    name="nightly",
    job_clusters=[
        databricks.JobJobClusterArgs(
            job_cluster_key="main",
            new_cluster=databricks.JobJobClusterNewClusterArgs(
                spark_version="15.4.x-scala2.12",
                num_workers=1,
                aws_attributes=databricks.JobJobClusterNewClusterAwsAttributesArgs(
                    instance_profile_arn="arn:aws:iam::123456789012:instance-profile/lake-admin"
                ),
            ),
        )
    ],
)
