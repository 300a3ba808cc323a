# breaks: cloud-roles-not-given
"""Code on the cluster reads the lake as the administrator of it."""

import pulumi_databricks as databricks

databricks.Cluster(
    "shared",
    cluster_name="shared",
    spark_version="15.4.x-scala2.12",
    node_type_id="m5.large",
    num_workers=1,
    autotermination_minutes=20,
    data_security_mode="USER_ISOLATION",
    aws_attributes=databricks.ClusterAwsAttributesArgs(
        instance_profile_arn="arn:aws:iam::123456789012:instance-profile/lake-admin"
    ),
)
