"""The account, and the deployer in it: one sign-in for each task."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import pulumi
import pulumi_snowflake as snowflake

from cube_access.component.arguments import ArgsError, Asked
from cube_access.component.guard import NEW_STACK, Guard
from cube_access.settings import SnowflakeSettings
from cube_access.snowflake.session import LOGIN_SECONDS, REQUEST_SECONDS

AUTHENTICATION_POLICY_FEATURES = (
    "snowflake_authentication_policy_resource",
    "snowflake_user_authentication_policy_attachment_resource",
)
ROLES = {
    "integrations": "integration_role",
    "users": "user_admin_role",
    "security": "grant_admin_role",
    "warehouses": "warehouse_admin_role",
}
"""The role of each task, as the settings name it."""


def account_name(asked: Asked[SnowflakeSettings]) -> pulumi.Output[str]:
    """As <organization>-<account name>, in upper case."""
    return asked.get(lambda s: f"{s.organization}-{s.account_name}", "snowflake_account")


def place(name: str, account: pulumi.Output[str], opts: pulumi.ResourceOptions) -> Guard:
    """Keeps the environment in its account."""
    return Guard(
        f"{name}-place",
        what="the account of this environment",
        fixed={"account": account},
        protect=True,
        remedy=NEW_STACK,
        opts=opts,
    )


class Deployer:
    """Whoever makes it all: a provider for each task, in the role of the task.

    Args:
        more: inputs of each provider, besides.
    """

    def __init__(
        self,
        name: str,
        asked: Asked[SnowflakeSettings],
        *,
        more: Mapping[str, Any],
        opts: pulumi.ResourceOptions,
    ) -> None:
        self._name, self._asked, self._more, self._opts = name, asked, more, opts
        if asked.settings.deployer_role == "sign-in" and os.environ.get("SNOWFLAKE_ROLE"):
            # The SDK would write it into the stack's state, and the next one to sign in would need
            # the same role.
            raise ArgsError(
                asked.caller.say(
                    "SNOWFLAKE_ROLE is set, but with cube-access:deployerRole = sign-in the "
                    "default role of the user decides. Unset it."
                )
            )
        if "private_key" in asked.sign_in and os.environ.get("SNOWFLAKE_PASSWORD"):
            # The SDK would hand it to the plugin, which refuses both together.
            raise ArgsError(
                f"SNOWFLAKE_PASSWORD is set, but {asked.caller.own('sign_in')} has a private key. "
                "Unset it."
            )

    # Each is a process of the plugin's, with a sign-in of its own: made where it is used.

    @cached_property
    def integrations(self) -> snowflake.Provider:
        return self._provider("integrations")

    @cached_property
    def users(self) -> snowflake.Provider:
        return self._provider("users")

    @cached_property
    def security(self) -> snowflake.Provider:
        policies = self._asked.settings.authentication_policy_schema
        return self._provider("security", AUTHENTICATION_POLICY_FEATURES if policies else ())

    @cached_property
    def warehouses(self) -> snowflake.Provider:
        return self._provider("warehouses")

    def role(self, task: str) -> pulumi.Output[str]:
        """The role of a task; empty: the deployer's own."""
        if self._asked.settings.deployer_role == "sign-in":
            return pulumi.Output.from_input("")
        return self._asked.text(ROLES[task])

    def _provider(self, task: str, features: Sequence[str] = ()) -> snowflake.Provider:
        asked = self._asked
        own_role = asked.settings.deployer_role == "sign-in"
        return snowflake.Provider(
            f"{self._name}-{task}",
            organization_name=asked.get(lambda s: s.organization, "snowflake_account"),
            account_name=asked.get(lambda s: s.account_name, "snowflake_account"),
            role=None if own_role else asked.text(ROLES[task]),
            preview_features_enabled=list(features) or None,
            # The plugin's own: five minutes to sign in, and no end at all for a query.
            login_timeout=LOGIN_SECONDS,
            request_timeout=REQUEST_SECONDS,
            **{**self._signs_in(), **self._more},
            opts=self._opts,
        )

    def _signs_in(self) -> dict[str, Any]:
        given = dict(self._asked.sign_in)
        if "private_key" not in given:
            return given
        # Said, so that what the environment says besides is not in the way.
        return {"authenticator": "SNOWFLAKE_JWT", "private_key_passphrase": "", **given}
