"""The client credentials in a query's result, and what is done when there are none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cube_access.provider.values import UNKNOWN
from cube_access.provider.voice import Voice
from cube_access.snowflake.client_secret import ClientSecretLifecycle, slot

SHOWN = {
    "OAUTH_CLIENT_ID": "id",
    "OAUTH_CLIENT_SECRET": "first",
    "OAUTH_CLIENT_SECRET_2": "second",
}
GOOD = [{"SECRETS": json.dumps(SHOWN)}]


def props(results: Any, version: int = 1) -> dict[str, Any]:
    return {"integration": "CUBE", "version": version, "results": results}


@pytest.mark.parametrize(
    ("version", "secret"), [(1, "first"), (2, "second"), (3, "first"), (10, "second")]
)
def test_versions_take_turns_in_two_slots(version: int, secret: str) -> None:
    _, made = ClientSecretLifecycle().create(props(GOOD, version))
    assert (made["clientId"], made["clientSecret"]) == ("id", secret)
    assert slot(version) in ("OAUTH_CLIENT_SECRET", "OAUTH_CLIENT_SECRET_2")


class Heard(Voice):
    def __init__(self) -> None:
        super().__init__()
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)


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
