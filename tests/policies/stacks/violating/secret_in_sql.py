# breaks: secrets-marked
"""SQL with the client secret in it, in plain text in every state and log."""

import pulumi_snowflake as snowflake

snowflake.Execute(
    "cube",
    execute="SELECT 1 -- OAUTH_CLIENT_SECRET = " + "-".join(("a", "planted", "secret")),
    revert="SELECT 1",
)
