"""The plugin's own configuration."""

from __future__ import annotations

from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2 as messages

from cube_access.provider import configuration
from cube_access.provider.values import from_wire, secret_keys, to_wire

PAIR = {"databricksClientId": "id", "databricksClientSecret": "planted"}
KEY = {"snowflakeUser": "ME", "snowflakePrivateKey": "planted"}


@pytest.mark.parametrize(
    "good",
    [
        {},
        PAIR,
        KEY,
        {"databricksProfile": "p"},
        {"version": "0.2.0"},
        {**PAIR, "snowflakeProfile": "p"},
    ],
)
def test_what_can_be(good: dict[str, Any]) -> None:
    assert configuration.check(good) == []


@pytest.mark.parametrize(
    ("bad", "key"),
    [
        ({"databricksClientId": "id"}, "databricksClientSecret"),
        ({"databricksClientSecret": "planted"}, "databricksClientId"),
        ({**PAIR, "databricksProfile": "p"}, "databricksProfile"),
        ({"clientId": "id"}, "clientId"),
        ({"snowflakePrivateKey": "planted"}, "snowflakeUser"),
        ({**KEY, "snowflakeProfile": "p"}, "snowflakeProfile"),
    ],
)
def test_what_cannot_be_is_named_without_its_value(bad: dict[str, Any], key: str) -> None:
    (failure,) = configuration.check(bad)
    assert failure.property == key
    assert "planted" not in failure.reason


def test_the_secret_is_one_in_every_answer_and_in_no_repr(plugin: Any) -> None:
    checked = plugin.CheckConfig(messages.CheckRequest(news=to_wire(PAIR)))
    assert secret_keys(checked.inputs) == {"databricksClientSecret"}
    assert from_wire(checked.inputs) == PAIR
    assert "planted" not in repr(configuration.sign_in(PAIR))
    key = {**KEY, "snowflakePrivateKeyPassphrase": "planted"}
    checked = plugin.CheckConfig(messages.CheckRequest(news=to_wire(key)))
    assert secret_keys(checked.inputs) == {"snowflakePrivateKey", "snowflakePrivateKeyPassphrase"}
    assert "planted" not in repr(configuration.sign_in(key))


def test_a_change_of_it_replaces_no_resource(plugin: Any) -> None:
    request = messages.DiffRequest(
        olds=to_wire(PAIR), news=to_wire({**PAIR, "databricksClientId": "other"})
    )
    found = plugin.DiffConfig(request)
    assert (list(found.diffs), list(found.replaces)) == (["databricksClientId"], [])
