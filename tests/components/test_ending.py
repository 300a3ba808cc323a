"""The end of an `up`, as people read it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from cube_access.component import ending

PLANTED = "-".join(("planted", "name"))


def test_it_is_five_lines_under_a_heading() -> None:
    text = ending.summary(
        "databricks", "prod", "cube-prod", "cube-prod", "2027-01-31T00:00:00Z", "arn:aws:x", 10, 4
    )
    assert text.splitlines() == [
        "Cube's access to databricks, stack prod:",
        "  people      sign in through the OAuth app cube-prod",
        "  Cube        signs in as cube-prod, which holds 10 privileges (service_account)",
        "  credential  2027-01-31T00:00:00Z; stored: arn:aws:x",
        "  files       cube-access env --stack prod; cube-access cube-py --stack prod",
        "  by hand     4 steps, once: pulumi stack output next_steps --stack prod",
    ]
    assert "holds" not in ending.summary("external", "prod", "a", "b", "c", "", 0, 1)
    assert "stored: nothing" in ending.summary("external", "prod", "a", "b", "c", "", 0, 1)
    text = ending.summary("snowflake", "prod", "", "b", "c", "", 0, 1)
    assert "people      sign in with Cube Cloud's own tokens\n" in text


def test_steps_are_numbered_lines() -> None:
    assert ending.numbered(["Paste.", "Press."]) == "1. Paste.\n2. Press."


@pytest.mark.parametrize(("preview", "said"), [(True, 0), (False, 1)])
def test_it_is_said_by_an_up_only_and_without_what_is_secret(
    monkeypatch: pytest.MonkeyPatch, preview: bool, said: int
) -> None:
    logged: list[str] = []
    monkeypatch.setattr(pulumi.runtime, "is_dry_run", lambda: preview)
    monkeypatch.setattr(pulumi, "get_stack", lambda: "prod")
    monkeypatch.setattr(pulumi.log, "info", logged.append)

    async def run() -> None:
        out = pulumi.Output.from_input
        access: Any = SimpleNamespace(
            oauth_app={"name": out("cube-prod")},
            service_account={
                "name": pulumi.Output.secret(PLANTED),
                "credential_expires": out("never"),
                "privileges": out(["SELECT"]),
            },
            secret_arn=out("arn:aws:x"),
            next_steps=out(["Paste.", "Press."]),
        )
        ending.tell(access, SimpleNamespace(warehouse="snowflake"))  # type: ignore[arg-type]
        await asyncio.sleep(0.1)

    asyncio.run(run())
    assert len(logged) == said
    assert not any(PLANTED in each for each in logged)
    assert all("signs in as [secret]" in each for each in logged)
