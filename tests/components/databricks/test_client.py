"""One client for each place and sign-in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Barrier, Lock

import pytest

from cube_access.databricks import client
from cube_access.provider.lifecycle import SignIn

HOST = "dbc-1.cloud.databricks.com"
TOGETHER = 8


@dataclass
class Made:
    """What stands for the SDK's clients, and for the seconds that one takes to sign in."""

    configs: list[object] = field(default_factory=list)
    refused: int = 0
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, *, config: object) -> object:
        with self._lock:
            self.configs.append(config)
            if self.refused:
                self.refused -= 1
                raise ValueError("cannot configure default credentials")
        return object()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    found = Made()
    monkeypatch.setattr("databricks.sdk.WorkspaceClient", found)
    monkeypatch.setattr("databricks.sdk.AccountClient", found)
    monkeypatch.setattr(client, "_config", lambda *given, **more: (given, more))
    return found


def test_several_at_once_get_the_same_one(made: Made) -> None:
    barrier = Barrier(TOGETHER)

    def one(_: int) -> object:
        barrier.wait()
        return client.workspace_client(HOST, SignIn())

    with ThreadPoolExecutor(TOGETHER) as pool:
        got = set(pool.map(one, range(TOGETHER)))
    assert len(got) == len(made.configs) == 1


def test_another_place_or_sign_in_is_another_client(made: Made) -> None:
    profile = SignIn(databricks_profile="prod")
    got = {
        client.workspace_client(HOST, SignIn()),
        client.workspace_client(HOST, profile),
        client.workspace_client("dbc-2.cloud.databricks.com", SignIn()),
        client.account_client("accounts.cloud.databricks.com", "a", SignIn()),
        client.account_client("accounts.cloud.databricks.com", "b", SignIn()),
        client.account_client("accounts.cloud.databricks.com", "b", profile),
    }
    assert len(got) == 6


def test_one_that_could_not_be_made_is_tried_again(made: Made) -> None:
    made.refused = 1
    with pytest.raises(ValueError, match="credentials"):
        client.workspace_client(HOST, SignIn())
    first = client.workspace_client(HOST, SignIn())
    assert client.workspace_client(HOST, SignIn()) is first
    assert len(made.configs) == 2


def test_forget_makes_anew(made: Made) -> None:
    first = client.workspace_client(HOST, SignIn())
    client.forget()
    assert client.workspace_client(HOST, SignIn()) is not first
