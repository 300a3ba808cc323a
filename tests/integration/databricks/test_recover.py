"""`cube-access recover` on a state that a run which was cut off has left. No engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from databricks.sdk import AccountClient

from cube_access import stack as stacks
from cube_access.cli import main
from cube_access.databricks.leftovers import Things
from cube_access.databricks.once import INTENT, SETTLED
from sandbox import Sandbox
from sandbox.databricks.world import ACCOUNT_ID
from tests.helpers import Heard
from tests.integration.databricks.test_once_lifecycle import (
    CONSOLE,
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
    said = Heard()
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


SECRET = "databricks:index/servicePrincipalSecret:ServicePrincipalSecret"
INDEX = "snowflake:index"


def state(kind: str, name: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "urn": f"{URN}{name}", "parent": "p", **more}


class Secrets:
    """Those of one principal, and a state with an intent for each label."""

    def __init__(self, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
        account = AccountClient(host=f"https://{CONSOLE}", account_id=ACCOUNT_ID)
        self.id = principal(sandbox)
        self.api = account.service_principal_secrets
        self.states: list[dict[str, Any]] = []
        exported = lambda *_: json.dumps({"deployment": {"resources": self.states}})  # noqa: E731
        monkeypatch.setattr(stacks, "pulumi", exported)

    def make(self) -> str:
        return str(self.api.create(self.id, lifetime="7776000s").id)

    def all(self) -> set[str]:
        return {str(each.id) for each in self.api.list(self.id)}

    def intend(self, label: str) -> dict[str, Any]:
        intent = intend(Heard(), "secret", principalId=self.id)
        self.states.append(state(INTENT.token, f"cube-secret-{label}-intent", outputs=intent))
        return intent

    def hold(self, label: str, identifier: str) -> None:
        outputs = {"servicePrincipalSecretId": identifier}
        self.states.append(
            state(SECRET, f"cube-secret-{label}", id="of-the-plugin", outputs=outputs)
        )

    def settle(self, label: str, intent: dict[str, Any], identifier: str) -> None:
        outputs = {**intent, "identifier": identifier}
        self.states.append(state(SETTLED.token, f"cube-secret-{label}-settled", outputs=outputs))


@pytest.fixture
def secrets(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Secrets:
    return Secrets(sandbox, monkeypatch)


def run(folder: Path, *more: str) -> int:
    return main(["recover", "--cwd", str(folder), "--stack", "dev", *more])


def test_the_live_credential_of_another_label_is_neither_named_nor_removed(
    secrets: Secrets, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first label's intent has seen none, so that the second's is new and alike."""
    for label in ("v1", "v2"):
        intent = secrets.intend(label)
        made = secrets.make()
        secrets.hold(label, made)
        if label == "v2":
            secrets.settle(label, intent, made)
    live = secrets.all()
    assert run(tmp_path, "--yes") == 0
    assert "nothing is left" in capsys.readouterr().out
    assert secrets.all() == live


def test_a_double_goes_only_where_no_run_has_looked_for_it(
    secrets: Secrets, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    intent = secrets.intend("v1")
    lost, own = secrets.make(), secrets.make()
    secrets.hold("v1", own)
    secrets.settle("v1", intent, own)
    assert run(tmp_path, "--yes") == 1
    assert "perhaps made by hand or by a rotation" in capsys.readouterr().out
    assert secrets.all() == {lost, own}
    secrets.states.pop()
    assert run(tmp_path, "--yes") == 0
    assert secrets.all() == {own}


def test_one_whose_run_ended_right_after_it_was_made_is_named_and_stays(
    secrets: Secrets, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets.intend("v1")
    lost = secrets.make()
    assert run(tmp_path, "--yes") == 1
    said = capsys.readouterr().out
    assert said.count(lost) == 2  # in words, and in the command
    assert "nothing is left" not in said
    assert secrets.all() == {lost}


def test_a_stack_without_databricks_is_told_so(
    secrets: Secrets, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets.states = [state(f"{INDEX}/warehouse:Warehouse", "cube-warehouse", id="CUBE")]
    assert run(tmp_path) == 2
    assert "On Snowflake `pulumi preview`" in capsys.readouterr().err


def test_no_network_is_said_with_what_to_do(
    secrets: Secrets,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def refused(things: Things) -> None:
        raise ConnectionError("connection refused")

    secrets.intend("v1")
    monkeypatch.setattr(Things, "listed", refused)
    assert run(tmp_path) == 2
    assert "Look at the network" in capsys.readouterr().err


def test_one_that_cannot_be_taken_over_stops_all_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    states = [
        state("cube-access:snowflake:ServiceAccount", "cube-service"),
        state("pulumi:providers:snowflake", "cube-users"),
    ]
    exported = json.dumps({"deployment": {"resources": states}})
    calls: list[tuple[str, ...]] = []

    def pulumi(folder: Path, *arguments: str) -> str:
        calls.append(arguments)
        return exported

    monkeypatch.setattr(stacks, "pulumi", pulumi)
    good = ("--take-over", "cube-service-role=CUBE_DEV")
    assert run(tmp_path, *good) == 1
    assert "--protect=false --stack dev\n" in capsys.readouterr().out
    calls.clear()
    assert run(tmp_path, *good, "--take-over", "cube-secret=x", "--yes") == 2
    assert [each[0] for each in calls] == ["stack"]
