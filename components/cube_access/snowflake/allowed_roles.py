"""The only roles that people may consent to, in an OAuth integration's ALLOWED_ROLES_LIST.

Set by statement, whatever the plugin: older ones do not have the property, and newer ones, for
which the integration ignores it, would clear the list where a program does not name it.

Owns what the list says, and whether the account has one, which the look before a preview asks. An
account of before the property cannot be told where it has no OAuth client yet: then the first `up`
warns, and the preview after it stops.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi

from cube_access.facts.identifiers import items, literal, plain, quoted
from cube_access.provider.definition import TEXTS, Definition, Property
from cube_access.provider.lifecycle import (
    Diff,
    Failure,
    Lifecycle,
    Values,
    differing,
)
from cube_access.provider.resource import Resource
from cube_access.provider.values import has_unknown
from cube_access.snowflake.session import Session, SnowflakeError, session

PROPERTY = "ALLOWED_ROLES_LIST"
CUSTOM_CLIENT = "OAUTH - CUSTOM"
NOT_KNOWN = (
    f"does not know {PROPERTY} of an OAuth integration, so that people could use every role that "
    "is not blocked"
)
UNKNOWN_PROPERTY = "invalid property"
"""What Snowflake's refusal of a property that it does not know says."""

DEFINITION = Definition(
    module="snowflake",
    name="AllowedRoles",
    description="The only roles that people may consent to in an OAuth integration, which a "
    "refresh reads and an `up` sets.",
    inputs={
        "account": Property(description="As <organization>-<account name>.", replaces=True),
        "role": Property(description="The role that asks; empty: the deployer's own."),
        "integration": Property(description="The integration's name.", replaces=True),
        "roles": Property(description="Their names, exact, sorted.", type=TEXTS),
        "blocked": Property(
            description="Roles that the integration blocks, of which none may be allowed.",
            type=TEXTS,
        ),
    },
)


class AllowedRolesLifecycle(Lifecycle):
    """Owns the whole list. Without it, the list is empty, and every role is allowed."""

    definition = DEFINITION

    def check(self, olds: Values, news: Values) -> list[Failure]:
        roles = news["roles"]
        if commas := [] if has_unknown(roles) else [each for each in roles if "," in each]:
            reason = (
                f"{', '.join(map(plain, commas))} has a comma in its name, and {PROPERTY} is told "
                "with commas between names, so a change by hand would not be seen. Choose other "
                "roles, or set oauthAnyRole to true."
            )
            return [Failure("allowedRoles", reason)]
        blocked = [] if has_unknown(news["blocked"]) else news["blocked"]
        if both := sorted({*olds.get("roles", ())} & {*blocked}):
            # The integration changes before its list does. The look before a preview compares with
            # the account's own list; this is for a previewer whose role does not see that.
            reason = (
                f"{', '.join(map(plain, both))} may be used until now, and no role may be allowed "
                "and blocked. Take it out of what lets it in first (allowedRoles, userRoles, "
                "oauthRole, preAuthorizedRoles), apply, and block it then."
            )
            return [Failure("blockedRoles", reason)]
        return []

    def diff(self, identifier: str, olds: Values, news: Values) -> Diff:
        keys = [key for key in self.definition.inputs if key != "blocked"]
        changed = differing(olds, news, keys)
        return Diff(changed=changed, replaces=[key for key in changed if self._replaces(key)])

    def create(self, inputs: Values) -> tuple[str, Values]:
        return inputs["integration"], self._set(inputs)

    def update(self, identifier: str, olds: Values, news: Values) -> Values:
        return self._set(news)

    def read(self, identifier: str, outputs: Values) -> Values | None:
        shown = described(self._session(outputs), outputs["integration"])
        return None if shown is None else {**outputs, "roles": listed(shown)}

    def delete(self, identifier: str, outputs: Values) -> None:
        """Empties the list, if it is still ours."""
        shown = described(self._session(outputs), outputs["integration"])
        live = listed(shown) if shown else []
        if live and live == outputs["roles"]:
            self._session(outputs).rows(_statement(outputs["integration"], ()))
        elif live:
            self.voice.warn(
                f"{PROPERTY} of integration {outputs['integration']} stays: it is "
                f"{', '.join(live)} by now, which is not this stack's."
            )

    def _session(self, values: Values) -> Session:
        return session(values["account"], values["role"], self.sign_in, self.cancelled)

    def _set(self, values: Values) -> Values:
        try:
            self._session(values).rows(_statement(values["integration"], values["roles"]))
        except SnowflakeError as error:
            if UNKNOWN_PROPERTY not in str(error) or PROPERTY not in str(error):
                raise
            # All the rest is as it should be. The state says that the list is not.
            self.voice.warn(
                f"the account {NOT_KNOWN}. The next preview stops at this, unless oauthAnyRole is "
                "true."
            )
            return {**values, "roles": []}
        return values


def is_known(asked: Session) -> bool:
    """Whether the account has the property, as far as an OAuth client of its shows it."""
    rows = asked.rows("SHOW SECURITY INTEGRATIONS")
    clients = [str(each["name"]) for each in rows if each["type"] == CUSTOM_CLIENT]
    return not clients or PROPERTY in (described(asked, clients[0]) or ())


def described(asked: Session, integration: str) -> dict[str, str] | None:
    """An integration's properties, as texts; None: it is not there, or the role does not see it.

    Raises:
        SnowflakeError: it could not be asked.
    """
    try:
        rows = asked.rows(f"DESCRIBE SECURITY INTEGRATION {quoted(integration)}")
    except SnowflakeError as error:
        if error.reason == "missing":
            return None
        raise
    return {str(row["property"]): str(row["property_value"] or "") for row in rows}


def listed(shown: Mapping[str, str]) -> list[str]:
    """The roles of the list, sorted; none, too, where the account has no such property."""
    return sorted(items(shown.get(PROPERTY, "")))


def _statement(integration: str, roles: Sequence[str]) -> str:
    # A role is written as a text: its letters count then.
    texts = ", ".join(map(literal, roles))
    return f"ALTER SECURITY INTEGRATION {quoted(integration)} SET {PROPERTY} = ({texts})"


class AllowedRoles(Resource):
    """What bounds the consent of people."""

    definition = DEFINITION

    def __init__(
        self,
        name: str,
        *,
        account: pulumi.Input[str],
        role: pulumi.Input[str],
        integration: pulumi.Input[str],
        roles: pulumi.Input[Sequence[str]],
        blocked: pulumi.Input[Sequence[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "account": account,
            "role": role,
            "integration": integration,
            "roles": roles,
            "blocked": blocked,
        }
        super().__init__(name, properties, opts)
