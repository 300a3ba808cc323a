"""The client credentials in a query's result, and what is done when there are none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cube_access.provider.lifecycle import ProviderError
from cube_access.provider.values import UNKNOWN
from cube_access.snowflake import client_secret
from cube_access.snowflake.client_secret import ClientSecretLifecycle, slot
from cube_access.snowflake.session import SnowflakeError
from tests.helpers import Heard

SHOWN = {
    "OAUTH_CLIENT_ID": "id",
    "OAUTH_CLIENT_SECRET": "first",
    "OAUTH_CLIENT_SECRET_2": "second",
}
GOOD = [{"SECRETS": json.dumps(SHOWN)}]


def props(results: Any, version: int = 1, **more: Any) -> dict[str, Any]:
    return {"integration": "CUBE", "version": version, "results": results, **more}


@pytest.mark.parametrize(
    ("version", "secret"), [(1, "first"), (2, "second"), (3, "first"), (10, "second")]
)
def test_versions_take_turns_in_two_slots(version: int, secret: str) -> None:
    _, made = ClientSecretLifecycle().create(props(GOOD, version))
    assert (made["clientId"], made["clientSecret"]) == ("id", secret)
    assert slot(version) in ("OAUTH_CLIENT_SECRET", "OAUTH_CLIENT_SECRET_2")


GONE = pytest.mark.parametrize(
    "results", [None, [], [{}], [{"SECRETS": None}], [{"SECRETS": "oops"}], [{"SECRETS": "{}"}]]
)


@GONE
@pytest.mark.parametrize("olds", [{}, props(GOOD, 2)], ids=["first", "of another version"])
def test_no_result_is_an_error_that_names_the_integration(
    results: Any, olds: dict[str, Any]
) -> None:
    (failure,) = ClientSecretLifecycle().check(olds, props(results))
    assert "did not show the client id and secret of CUBE" in failure.reason
    assert "first" not in failure.reason


class Answers:
    """Snowflake, asked once more."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.asked = answer, list[tuple[Any, ...]]()

    def session(self, *place: Any) -> Answers:
        self.asked.append(place[:2])
        return self

    def rows(self, statement: str) -> Any:
        self.asked.append((statement,))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


PLACE: dict[str, Any] = {"account": "ORG-A", "role": "R"}
QUERY = "SELECT SYSTEM$SHOW_OAUTH_CLIENT_SECRETS('CUBE') AS SECRETS"


class TestAskedOnceMore:
    def test_after_a_first_up_that_could_not_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        snowflake = Answers(GOOD)
        monkeypatch.setattr(client_secret, "session", snowflake.session)
        lifecycle = ClientSecretLifecycle()
        assert lifecycle.check({}, props(None, **PLACE)) == []
        _, made = lifecycle.create(props(None, **PLACE))
        assert (made["clientId"], made["clientSecret"]) == ("id", "first")
        assert snowflake.asked == [("ORG-A", "R"), (QUERY,)] * 2

    def test_of_another_version(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(client_secret, "session", Answers(GOOD).session)
        olds, news = props(GOOD, 1), props(None, 2, **PLACE)
        assert ClientSecretLifecycle().check(olds, news) == []
        assert ClientSecretLifecycle().diff("", olds, news).changed == ["version"]
        assert ClientSecretLifecycle().update("", olds, news)["clientSecret"] == "second"

    def test_of_an_integration_that_was_made_anew(self, monkeypatch: pytest.MonkeyPatch) -> None:
        _, olds = ClientSecretLifecycle().create(props(GOOD))
        heard = Heard()
        lifecycle, news = ClientSecretLifecycle(voice=heard), props(None, **PLACE)
        monkeypatch.setattr(client_secret, "session", Answers(GOOD).session)
        assert lifecycle.diff("", olds, news).changed == []
        another = [{"SECRETS": json.dumps({**SHOWN, "OAUTH_CLIENT_ID": "another"})}]
        monkeypatch.setattr(client_secret, "session", Answers(another).session)
        assert lifecycle.check(props(GOOD), news) == []
        assert heard.warnings == [], "it was shown"
        assert lifecycle.diff("", olds, news).changed == ["results"]
        assert lifecycle.update("", olds, news)["clientId"] == "another"

    def test_an_answer_that_is_gone_again_is_an_error(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(client_secret, "session", Answers([]).session)
        with pytest.raises(ProviderError, match="did not show the client id and secret of CUBE"):
            ClientSecretLifecycle().create(props(None, **PLACE))

    @pytest.mark.parametrize(
        ("answer", "said"),
        [
            ([], "of CUBE. Check"),
            (SnowflakeError("no rights", "denied"), "of CUBE (no rights). Check"),
        ],
    )
    def test_without_an_answer_the_preview_stops(
        self, monkeypatch: pytest.MonkeyPatch, answer: Any, said: str
    ) -> None:
        monkeypatch.setattr(client_secret, "session", Answers(answer).session)
        (failure,) = ClientSecretLifecycle().check({}, props(None, **PLACE))
        assert said in failure.reason

    @pytest.mark.parametrize("place", [{}, {"account": UNKNOWN, "role": "R"}])
    def test_nobody_is_asked_where_the_place_is_not_known(
        self, monkeypatch: pytest.MonkeyPatch, place: Any
    ) -> None:
        snowflake = Answers(GOOD)
        monkeypatch.setattr(client_secret, "session", snowflake.session)
        assert ClientSecretLifecycle().check({}, props(None, **place))
        assert snowflake.asked == []

    def test_the_place_is_no_property_of_the_credentials(self) -> None:
        assert ClientSecretLifecycle().diff("", props(GOOD), props(GOOD, **PLACE)).changed == []


@GONE
@pytest.mark.parametrize("known", [GOOD, None], ids=["once", "again"])
def test_what_was_read_last_is_kept_and_that_is_said(results: Any, known: Any) -> None:
    heard = Heard()
    lifecycle = ClientSecretLifecycle(voice=heard)
    assert lifecycle.check(props(known), props(results)) == []
    (said,) = heard.warnings
    assert "The last known ones are kept" in said
    assert "`pulumi up --refresh`" in said
    assert "first" not in said
    _, made = lifecycle.create(props(GOOD))
    assert lifecycle.diff("", made, props(results)).changed == []
    assert lifecycle.diff("", made, props([{"SECRETS": '{"OAUTH_CLIENT_ID": "b"}'}])).changed


def test_what_is_not_known_yet_passes() -> None:
    for results in (UNKNOWN, [UNKNOWN]):
        assert ClientSecretLifecycle().check({}, props(results)) == []
