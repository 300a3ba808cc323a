"""`cube-access recover` on a state that a run which was cut off has left. No engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cube_access import stack as stacks
from cube_access.cli import main
from cube_access.databricks.once import INTENT
from sandbox import Sandbox
from tests.integration.databricks.test_once_lifecycle import (
    Said,
    app,
    apps,
    intend,
    principal,
    principals,
)

URN = "urn:pulumi:dev::p::x::"


@pytest.fixture
def left(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """An app and a principal that no state has, and one of each that was there before."""
    before = app(sandbox)
    said = Said()
    intents = {kind: intend(said, kind) for kind in ("app", "principal")}
    states = [
        {"type": INTENT.token, "urn": f"{URN}cube-{kind}-intent", "parent": "p", "outputs": outputs}
        for kind, outputs in intents.items()
    ]
    exported = json.dumps({"deployment": {"resources": states}})
    monkeypatch.setattr(stacks, "pulumi", lambda folder, *arguments: exported)
    return {
        "before": before,
        "app": app(sandbox),
        "principal": principal(sandbox, intents["principal"]["mark"]),
        "others": principal(sandbox),
    }


def test_it_names_every_id_and_changes_nothing_unasked(
    sandbox: Sandbox, left: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["recover", "--cwd", str(tmp_path), "--stack", "dev"]) == 1
    said = capsys.readouterr().out
    for kind in ("app", "principal"):
        assert f"{left[kind]}\n" in said, said
    assert "databricks api delete /api/2.0/accounts/" in said
    assert left["before"] not in said
    assert left["others"] not in said
    assert "nothing was changed" in said
    assert apps(sandbox) == {left["before"], left["app"]}
    assert principals(sandbox) == {left["principal"], left["others"]}


def test_it_removes_what_is_sure_and_leaves_the_rest_with_its_command(
    sandbox: Sandbox, left: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["recover", "--cwd", str(tmp_path), "--stack", "dev", "--yes"]) == 1
    said = capsys.readouterr().out
    assert "removed the service principal cube-dev" in said
    assert "perhaps of another stack" in said
    assert apps(sandbox) == {left["before"], left["app"]}
    assert principals(sandbox) == {left["others"]}
    sandbox.databricks.access.delete_integration(left["app"])
    assert main(["recover", "--cwd", str(tmp_path), "--stack", "dev"]) == 0


def test_what_cannot_be_taken_over_is_said(
    left: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for wanted, why in (
        ("cube-service-role", "it is RESOURCE=NAME"),
        ("cube-secret=x", "of one of these resources"),
        ("cube-service-role=CUBE_DEV", "run `pulumi up` once"),
    ):
        given = ["recover", "--cwd", str(tmp_path), "--stack", "dev", "--take-over", wanted]
        assert main(given) == 2
        assert why in capsys.readouterr().err
