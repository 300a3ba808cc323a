"""The OAuth client's id and secret, as Snowflake shows them.

No field of the plugin gives them: `Execute` runs SYSTEM$SHOW_OAUTH_CLIENT_SECRETS, and a query of
its that fails is only a warning there, after which the result is gone. So what was read last is
kept here, with a warning; where nothing fits that was read before, the preview stops.
"""

from __future__ import annotations

import json
from typing import Any

import pulumi

from cube_access.facts.statements import CLIENT_SECRETS
from cube_access.provider.definition import ANY, NUMBER, Definition, Property
from cube_access.provider.lifecycle import Diff, Failure, Lifecycle, Values
from cube_access.provider.resource import Resource
from cube_access.provider.values import has_unknown


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
    """Keeps what was read last; where another secret is wanted than that, a result that is gone
    stops the preview.
    """

    definition = DEFINITION

    def check(self, olds: Values, news: Values) -> list[Failure]:
        if not _is_gone(news.get("results")):
            return []
        reason = f"Snowflake did not show the client id and secret of {news['integration']}."
        cure = (
            "Check that the integration exists and that integrationRole owns it, then run "
            "`pulumi up --refresh`."
        )
        if _asks_the_same(olds, news):
            self.voice.warn(f"{reason} The last known ones are kept. {cure}")
            return []
        return [Failure("client credentials", f"{reason} {cure}")]

    def diff(self, identifier: str, olds: Values, news: Values) -> Diff:
        if _is_gone(news.get("results")):
            news = {**news, "results": olds.get("results")}
        return super().diff(identifier, olds, news)

    def create(self, inputs: Values) -> tuple[str, Values]:
        return "client-secret", _outputs(inputs)

    def update(self, identifier: str, olds: Values, news: Values) -> Values:
        return _outputs(news)


def _is_gone(results: Any) -> bool:
    """Not merely unknown, as before the integration is there."""
    return not has_unknown(results) and "OAUTH_CLIENT_ID" not in _read(results)


def _asks_the_same(olds: Values, news: Values) -> bool:
    return bool(olds) and all(olds[key] == news[key] for key in ("integration", "version"))


def _outputs(inputs: Values) -> Values:
    found = _read(inputs["results"])
    credentials = {
        "clientId": found["OAUTH_CLIENT_ID"],
        "clientSecret": found.get(slot(int(inputs["version"])), ""),
    }
    return {**inputs, **credentials}


class ClientSecret(Resource):
    """An OAuth integration's credentials, from the result of the query for them. All secret."""

    definition = DEFINITION

    def __init__(
        self,
        name: str,
        *,
        integration: pulumi.Input[str],
        version: int,
        results: pulumi.Input[Any],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {"integration": integration, "version": version, "results": results}
        super().__init__(name, properties, opts)

    @property
    def client_id(self) -> pulumi.Output[str]:
        return self.output("clientId")

    @property
    def client_secret(self) -> pulumi.Output[str]:
        """Empty for a public client."""
        return self.output("clientSecret")
