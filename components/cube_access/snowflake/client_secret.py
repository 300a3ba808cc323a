"""The OAuth client's id and secret, as Snowflake shows them.

No field of the plugin gives them: `Execute` runs SYSTEM$SHOW_OAUTH_CLIENT_SECRETS, and a query of
its that fails is only a warning there, after which the result is gone until a refresh. Snowflake is
asked once more then. If it does not show them, what was read last is kept, with a warning; where
nothing that was read before fits, as after a first `up`, the preview stops.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pulumi

from cube_access.facts.identifiers import literal
from cube_access.facts.statements import CLIENT_SECRETS
from cube_access.offline import offline
from cube_access.provider.definition import ANY, NUMBER, Definition, Property
from cube_access.provider.lifecycle import (
    Diff,
    Failure,
    Lifecycle,
    ProviderError,
    Values,
    differing,
)
from cube_access.provider.resource import Resource
from cube_access.provider.values import has_unknown
from cube_access.snowflake.session import SnowflakeError, session

ID = "OAUTH_CLIENT_ID"
CREDENTIALS = ("clientId", "clientSecret")
PLACE = ("account", "role")
"""Where and as whom to ask once more: no property of the credentials."""


def slot(version: int) -> str:
    """An integration has two secrets, valid side by side: odd versions are the first, even ones the
    second.
    """
    first, second = CLIENT_SECRETS
    return first if version % 2 else second


def _read(results: Any) -> dict[str, str]:
    """The credentials in a query's result; empty if there is none."""
    try:
        return dict(json.loads(next(iter(results[0].values()))))
    except (TypeError, LookupError, StopIteration, ValueError, AttributeError):
        return {}


DEFINITION = Definition(
    module="snowflake",
    name="ClientSecret",
    description="An OAuth integration's client id and secret, as the last query showed them.",
    inputs={
        "account": Property(
            description="As <organization>-<account name>. It is asked where there is no result.",
            optional=True,
        ),
        "role": Property(
            description="The role that asks then; empty: the deployer's own.", optional=True
        ),
        "integration": Property(description="The integration's name."),
        "version": Property(
            description="Which client secret is given out: odd versions are the first of two, "
            "even ones the second.",
            type=NUMBER,
        ),
        "results": Property(
            description="Rows of SYSTEM$SHOW_OAUTH_CLIENT_SECRETS.",
            type={"type": "array", "items": ANY},
            secret=True,
            optional=True,
        ),
    },
    outputs={
        "clientId": Property(description="The OAuth client's id.", secret=True),
        "clientSecret": Property(description="Its secret; empty for a public client.", secret=True),
    },
)


class ClientSecretLifecycle(Lifecycle):
    """Asks once more where the result is gone, and else keeps what was read last."""

    definition = DEFINITION

    def check(self, olds: Values, news: Values) -> list[Failure]:
        if not _is_gone(news.get("results")):
            return []
        shown, why = self._asked(news)
        if ID in shown:
            return []
        reason = f"Snowflake did not show the client id and secret of {news['integration']}{why}."
        cure = (
            "Check that the integration exists and that integrationRole owns it, then run "
            "`pulumi up --refresh`."
        )
        if _asks_the_same(olds, news):
            self.voice.warn(f"{reason} The last known ones are kept. {cure}")
            return []
        return [Failure("client credentials", f"{reason} {cure}")]

    def diff(self, identifier: str, olds: Values, news: Values) -> Diff:
        gone = _is_gone(news.get("results"))
        kept = ("results", *PLACE) if gone else PLACE
        found = super().diff(identifier, olds, {**news, **{key: olds.get(key) for key in kept}})
        if found.changed or not gone:
            return found
        # The integration may be another one of that name by now.
        shown, _ = self._asked(news)
        differs = ID in shown and differing(olds, _credentials(shown, news["version"]), CREDENTIALS)
        return Diff(changed=["results"]) if differs else found

    def create(self, inputs: Values) -> tuple[str, Values]:
        return "client-secret", self._outputs(inputs)

    def update(self, identifier: str, olds: Values, news: Values) -> Values:
        return self._outputs(news)

    def _outputs(self, inputs: Values) -> Values:
        found, why = _read(inputs.get("results")), ""
        if ID not in found:
            found, why = self._asked(inputs)
        if ID not in found:
            raise ProviderError(
                f"Snowflake did not show the client id and secret of {inputs['integration']}{why}. "
                "Run `pulumi up` again."
            )
        return {**inputs, **_credentials(found, inputs["version"])}

    def _asked(self, values: Values) -> tuple[dict[str, str], str]:
        """What Snowflake shows now, and in brackets why not; nothing if it cannot be asked yet."""
        account, role = (values.get(key) or "" for key in PLACE)
        if offline() or not account or has_unknown([account, role, values["integration"]]):
            return {}, ""
        try:
            asked = session(account, role, self.sign_in, self.cancelled)
            return _read([dict(row) for row in asked.rows(shows(values["integration"]))]), ""
        except SnowflakeError as error:
            return {}, f" ({error})"


def _credentials(shown: Mapping[str, str], version: float) -> dict[str, str]:
    return {"clientId": shown[ID], "clientSecret": shown.get(slot(int(version)), "")}


def shows(integration: str) -> str:
    """The query for an integration's client id and secrets."""
    return f"SELECT SYSTEM$SHOW_OAUTH_CLIENT_SECRETS({literal(integration)}) AS SECRETS"


def _is_gone(results: Any) -> bool:
    """Not merely unknown, as before the integration is there."""
    return not has_unknown(results) and ID not in _read(results)


def _asks_the_same(olds: Values, news: Values) -> bool:
    return bool(olds) and all(olds[key] == news[key] for key in ("integration", "version"))


class ClientSecret(Resource):
    """An OAuth integration's credentials, from the result of the query for them. All secret."""

    definition = DEFINITION

    def __init__(
        self,
        name: str,
        *,
        account: pulumi.Input[str],
        role: pulumi.Input[str],
        integration: pulumi.Input[str],
        version: int,
        results: pulumi.Input[Any],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "account": account,
            "role": role,
            "integration": integration,
            "version": version,
            "results": results,
        }
        super().__init__(name, properties, opts)

    @property
    def client_id(self) -> pulumi.Output[str]:
        return self.output("clientId")

    @property
    def client_secret(self) -> pulumi.Output[str]:
        """Empty for a public client."""
        return self.output("clientSecret")
