# breaks: cloud-roles-not-given
"""Whatever starts from the pool reads the lake as the administrator of it."""

import pulumi_databricks as databricks

databricks.InstancePool(
    "shared",
    instance_pool_name="shared",
    node_type_id="m5.large",
    idle_instance_autotermination_minutes=10,
    aws_attributes=databricks.InstancePoolAwsAttributesArgs(
        instance_profile_arn="arn:aws:iam::123456789012:instance-profile/lake-admin"
    ),
)
