# breaks: statements-known
"""The user of a tutorial, pasted."""

import pulumi_snowflake as snowflake

snowflake.Execute(
    "cube",
    execute="CREATE USER CUBE TYPE = LEGACY_SERVICE DEFAULT_ROLE = CUBE",
    revert="DROP USER CUBE",
)
