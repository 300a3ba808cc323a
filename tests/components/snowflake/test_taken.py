"""What `cube-access recover --take-over` takes, and what the error that offers it says."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from cube_access.snowflake.once import TYPES, _Look
from cube_access.snowflake.taken import TAKEN, ending_of

OTHERS = {"there": "others", "owner": "SYSADMIN", "since": "2026-11-01", "comment": "theirs"}


def refusal(resource: str, monkeypatch: pytest.MonkeyPatch) -> str:
    async def asked(*_: Any, **__: Any) -> dict[str, str]:
        return OTHERS

    monkeypatch.setattr(_Look, "_ask", asked)
    once: Any = SimpleNamespace(parent=None)
    role: Any = None
    look = _Look(resource, "ROLE", once, role, ())
    given: Any = SimpleNamespace(new_inputs={"name": "CUBE_DEV"})
    with pytest.raises(pulumi.RunError) as raised:
        asyncio.run(look.before(given))
    return str(raised.value)


def test_only_types_that_are_looked_for_are_taken_over() -> None:
    assert {kind for kind, _, _ in TAKEN.values()} <= TYPES.keys()


@pytest.mark.parametrize("ending", TAKEN)
def test_what_can_be_taken_over_is_offered(ending: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ending_of(f"cube{ending}") == ending
    assert f"--take-over cube{ending}=CUBE_DEV" in refusal(f"cube{ending}", monkeypatch)


@pytest.mark.parametrize(
    "resource",
    ["cube-read-database-role", "cube-sign-in-policy", "cube-cube-cloud-integration"],
)
def test_what_recover_would_refuse_is_not_offered(
    resource: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ending_of(resource) == ""
    said = refusal(resource, monkeypatch)
    assert "recover" not in said
    assert "pulumi import" in said
