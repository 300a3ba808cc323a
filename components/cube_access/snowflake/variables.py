"""Cube's environment variables for Snowflake."""

from __future__ import annotations

import pulumi

from cube_access.component.arguments import Asked
from cube_access.facts.identifiers import plain
from cube_access.settings import SnowflakeSettings
from cube_access.snowflake.service_account import ServiceAccount

DRIVER = "snowflake"
"""Cube's name of it."""


def variables(
    asked: Asked[SnowflakeSettings],
    *,
    account: pulumi.Output[str],
    warehouse: pulumi.Output[str],
    service_account: ServiceAccount,
) -> tuple[dict[str, pulumi.Input[str]], dict[str, pulumi.Output[str]]]:
    """Those that are not secret, and those that are."""
    env: dict[str, pulumi.Input[str]] = {
        "CUBEJS_DB_TYPE": DRIVER,
        "CUBEJS_DB_SNOWFLAKE_ACCOUNT": account,
        # Names in a connection are read as SQL reads them.
        "CUBEJS_DB_SNOWFLAKE_WAREHOUSE": warehouse.apply(plain),
        "CUBEJS_DB_NAME": plain(asked.settings.database),
        # An idle connection of every person would otherwise be kept awake for good.
        "CUBEJS_DB_SNOWFLAKE_CLIENT_SESSION_KEEP_ALIVE": "false",
        # Not the name that Cube reads by itself: every person's sign-in would ask for it.
        "CUBE_SERVICE_SNOWFLAKE_ROLE": service_account.role_name,
    }
    if asked.settings.oauth_role:
        env["CUBE_ACCESS_USER_ROLE"] = asked.text("oauth_role")
    if not (keys := service_account.key_pair):
        # Where the token is, Cube Cloud says in a variable of its own.
        return {**env, "CUBEJS_DB_SNOWFLAKE_AUTHENTICATOR": "OAUTH"}, {}
    env["CUBEJS_DB_USER"] = service_account.user.name
    env["CUBEJS_DB_SNOWFLAKE_AUTHENTICATOR"] = "SNOWFLAKE_JWT"
    private: pulumi.Output[str] = keys.private_key
    return env, {"CUBEJS_DB_SNOWFLAKE_PRIVATE_KEY": pulumi.Output.secret(private)}
