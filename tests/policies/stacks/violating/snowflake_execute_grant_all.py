# breaks: grants-read-only
"""A grant that the plugin could not express, as SQL."""

import pulumi_snowflake as snowflake

snowflake.Execute(
    "cube",
    execute="GRANT ALL PRIVILEGES ON ALL TABLES IN SCHEMA ANALYTICS.SALES TO ROLE CUBE",
    revert="REVOKE ALL PRIVILEGES ON ALL TABLES IN SCHEMA ANALYTICS.SALES FROM ROLE CUBE",
)
