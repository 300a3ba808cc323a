# breaks: locations-bounded
"""Data may be unloaded to whichever bucket."""

import pulumi_snowflake as snowflake

snowflake.StorageIntegration(
    "lake",
    name="LAKE",
    enabled=True,
    storage_provider="S3",
    storage_allowed_locations=["*"],
    storage_aws_role_arn="arn:aws:iam::123456789012:role/lake",
)
