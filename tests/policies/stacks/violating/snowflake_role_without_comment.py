# breaks: labels-present, in strict
"""Nobody will know whose role this is."""

import pulumi_snowflake as snowflake

snowflake.AccountRole("cube", name="CUBE")
