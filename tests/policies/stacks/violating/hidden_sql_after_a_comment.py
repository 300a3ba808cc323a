# breaks: grants-read-only
"""Comments, line breaks and small letters."""

import pulumi_snowflake as snowflake

snowflake.Execute(
    "cube",
    execute="""/* reading */ grant
        select, insert -- a little
        on table ANALYTICS.SALES.ORDERS to role CUBE""",
    revert="SELECT 1",
)
