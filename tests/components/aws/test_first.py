"""The hook before a service account is made: what it asks AWS, and what it takes for this stack's
own secret.
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from cube_access import stack
from cube_access.aws import first
from cube_access.aws.secret_store import DEFINITION

SECRET = {"name": "cube-access/cube-dev", "owner": "organization/cube-access/dev"}
THEIRS = "the secret belongs to organization/cube-access/dev of another state backend"


def state(name: object) -> dict[str, Any]:
    return {"type": DEFINITION.token, "inputs": {"name": name}}


class Aws:
    """What answers the invoke: a secret of this stack's name is there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, wrong: str = "") -> None:
        self.asked: list[dict[str, Any]] = []
        self.wrong = wrong
        monkeypatch.setattr(pulumi.runtime, "invoke_async", self.answer)

    async def answer(self, token: str, sent: dict[str, Any], options: Any) -> dict[str, str]:
        self.asked.append(sent)
        return {"problem": self.wrong or (THEIRS if "serviceAccount" in sent else "")}


async def _made(monkeypatch: pytest.MonkeyPatch) -> None:
    hooks: list[Any] = []
    monkeypatch.setattr(pulumi, "ResourceHook", lambda name, callback: hooks.append(callback))
    monkeypatch.setattr(pulumi, "ResourceHookBinding", lambda before_create: None)
    first.asked_first("cube-service-principal", SECRET, None)  # type: ignore[arg-type]
    await hooks[0](SimpleNamespace())


def made(monkeypatch: pytest.MonkeyPatch) -> None:
    asyncio.run(_made(monkeypatch))


def holds(monkeypatch: pytest.MonkeyPatch, *states: dict[str, Any]) -> None:
    monkeypatch.setattr(stack, "states", lambda folder, name: states)


@pytest.mark.parametrize(
    "states", [[], [state("cube-access/other")], [{"type": "x:y:Z", "inputs": SECRET}]]
)
def test_one_of_a_stack_of_this_name_in_another_backend_stops_it(
    monkeypatch: pytest.MonkeyPatch, states: list[dict[str, Any]]
) -> None:
    holds(monkeypatch, *states)
    Aws(monkeypatch)
    with pytest.raises(pulumi.RunError, match=f"could not be stored: {THEIRS}"):
        made(monkeypatch)


@pytest.mark.parametrize("name", [SECRET["name"], {"4dabf18193072939515e22adb298388d": "secret"}])
def test_the_stacks_own_does_not(monkeypatch: pytest.MonkeyPatch, name: object) -> None:
    """Its service account is made anew."""
    holds(monkeypatch, state(name))
    aws = Aws(monkeypatch)
    made(monkeypatch)
    assert aws.asked == [{**SECRET, "serviceAccount": ""}, SECRET]


def test_where_the_state_cannot_be_read_the_secret_itself_finds_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unread(folder: object, name: str) -> None:
        raise stack.StackError("no passphrase")

    monkeypatch.setattr(stack, "states", unread)
    Aws(monkeypatch)
    made(monkeypatch)


def test_what_is_wrong_besides_stops_it_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    holds(monkeypatch, state(SECRET["name"]))
    Aws(monkeypatch, wrong="there is no KMS key")
    with pytest.raises(pulumi.RunError, match="there is no KMS key"):
        made(monkeypatch)


def test_nothing_there_costs_no_look_at_the_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "states", None)

    async def free(token: str, sent: dict[str, Any], options: Any) -> dict[str, str]:
        return {"problem": ""}

    monkeypatch.setattr(pulumi.runtime, "invoke_async", free)
    made(monkeypatch)
