# breaks: cloud-roles-not-given
"""A profile that can become every role that trusts it."""

import pulumi_databricks as databricks

databricks.InstanceProfile(
    "all",
    instance_profile_arn="arn:aws:iam::123456789012:instance-profile/all",
    is_meta_instance_profile=True,
    skip_validation=True,
)
