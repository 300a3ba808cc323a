"""The service account's default role and warehouse, read back.

The plugin does not see that somebody took one of them away: sessions of Cube would stay in PUBLIC,
or without a warehouse, and no `up` would put it back.
"""

from __future__ import annotations

import pulumi

from cube_access.facts.identifiers import quoted
from cube_access.provider.definition import Definition, Property
from cube_access.provider.lifecycle import Lifecycle, Values
from cube_access.provider.resource import Resource
from cube_access.snowflake.session import Session, SnowflakeError, session

PROPERTIES = {"defaultRole": "DEFAULT_ROLE", "defaultWarehouse": "DEFAULT_WAREHOUSE"}

DEFINITION = Definition(
    module="snowflake",
    name="UserDefaults",
    description="The default role and warehouse of a user, which a refresh reads and an `up` sets.",
    inputs={
        "account": Property(description="As <organization>-<account name>.", replaces=True),
        "role": Property(description="The role that asks; empty: the deployer's own."),
        "user": Property(description="The user's name.", replaces=True),
        "defaultRole": Property(description="The role of its sessions."),
        "defaultWarehouse": Property(description="The warehouse of its sessions."),
    },
)


class UserDefaultsLifecycle(Lifecycle):
    """Sets what differs; takes nothing away."""

    definition = DEFINITION

    def create(self, inputs: Values) -> tuple[str, Values]:
        self._set(inputs)
        return inputs["user"], inputs

    def update(self, identifier: str, olds: Values, news: Values) -> Values:
        self._set(news)
        return news

    def read(self, identifier: str, outputs: Values) -> Values | None:
        try:
            return {**outputs, **self._live(outputs, self._session(outputs))}
        except SnowflakeError as error:
            if error.reason == "missing":
                return None
            raise

    def _session(self, values: Values) -> Session:
        return session(values["account"], values["role"], self.sign_in, self.cancelled)

    def _live(self, values: Values, asked: Session) -> dict[str, str]:
        rows = asked.rows(f"DESCRIBE USER {quoted(values['user'])}")
        found = {str(row["property"]): str(row["value"] or "") for row in rows}
        # DESCRIBE says "null" for what is not set.
        shown = {key: found.get(name, "") for key, name in PROPERTIES.items()}
        return {key: "" if text == "null" else text for key, text in shown.items()}

    def _set(self, values: Values) -> None:
        asked = self._session(values)
        live = self._live(values, asked)
        wrong = [
            f"{name} = {quoted(values[key])}"
            for key, name in PROPERTIES.items()
            if live[key] != values[key]
        ]
        if wrong:
            asked.rows(f"ALTER USER {quoted(values['user'])} SET {' '.join(wrong)}")


class UserDefaults(Resource):
    """What a refresh reads of a user, and an `up` sets."""

    definition = DEFINITION

    def __init__(
        self,
        name: str,
        *,
        account: pulumi.Input[str],
        role: pulumi.Input[str],
        user: pulumi.Input[str],
        default_role: pulumi.Input[str],
        default_warehouse: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "account": account,
            "role": role,
            "user": user,
            "defaultRole": default_role,
            "defaultWarehouse": default_warehouse,
        }
        super().__init__(name, properties, opts)
