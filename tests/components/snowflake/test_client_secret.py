"""The client credentials in a query's result, and what is done when there are none."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cube_access.provider.values import UNKNOWN
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


@pytest.mark.parametrize(
    "results", [None, [], [{}], [{"SECRETS": None}], [{"SECRETS": "oops"}], [{"SECRETS": "{}"}]]
)
@pytest.mark.parametrize("olds", [{}, props(GOOD)], ids=["first", "later"])
def test_no_result_is_an_error_that_names_the_integration(
    results: Any, olds: dict[str, Any]
) -> None:
    (failure,) = ClientSecretLifecycle().check(olds, props(results))
    assert "did not show the client id and secret of CUBE" in failure.reason
    assert ("last known ones are kept" in failure.reason) == bool(olds)
    assert "first" not in failure.reason


def test_what_is_not_known_yet_passes() -> None:
    for results in (UNKNOWN, [UNKNOWN]):
        assert ClientSecretLifecycle().check({}, props(results)) == []
