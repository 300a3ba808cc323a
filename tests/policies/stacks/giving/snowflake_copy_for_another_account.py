# breaks: data-not-published
"""Another account gets a copy of all of it."""

import pulumi_snowflake as snowflake

snowflake.FailoverGroup(
    "copy",
    name="COPY",
    object_types=["DATABASES"],
    allowed_databases=["ANALYTICS"],
    allowed_accounts=["OTHER.ACCOUNT"],
)
