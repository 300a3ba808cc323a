"""Reading a stack of any program, from what `pulumi stack export` writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cube_access import stack as stacks
from cube_access.declared import declaration
from cube_access.stack import StackError
from tests.components.roles.test_files import settings

SIGNATURE = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
PLANTED = "planted-private-key"
ROOT = "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod"


def secret(value: Any) -> dict[str, Any]:
    return {**SIGNATURE, "plaintext": json.dumps(value)}


def encrypted(value: Any) -> Any:
    """As it is exported without --show-secrets."""
    if isinstance(value, dict):
        if "plaintext" in value:
            return {**SIGNATURE, "ciphertext": "v1:x"}
        return {key: encrypted(each) for key, each in value.items()}
    return [encrypted(each) for each in value] if isinstance(value, list) else value


def component(name: str, kind: str = "SnowflakeAccess", **outputs: Any) -> dict[str, Any]:
    token = f"cube-access:index:{kind}"
    outputs = outputs or {"declaration": declaration(settings("sandbox-snowflake"))}
    return {
        "urn": f"urn:pulumi:prod::shop::{token}::{name}",
        "type": token,
        "parent": ROOT,
        "outputs": outputs,
    }


class Pulumi:
    """In place of the engine: the resources that it exports, and what it was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.resources: list[dict[str, Any]] = []
        self.asked: list[tuple[str, ...]] = []
        monkeypatch.setattr(stacks, "pulumi", self.run)

    def run(self, _folder: Path, *arguments: str) -> str:
        self.asked.append(arguments)
        shown = "--show-secrets" in arguments
        resources = self.resources if shown else encrypted(self.resources)
        return json.dumps({"deployment": {"resources": resources}})


@pytest.fixture
def pulumi(monkeypatch: pytest.MonkeyPatch) -> Pulumi:
    return Pulumi(monkeypatch)


def test_the_only_component_needs_no_name(pulumi: Pulumi) -> None:
    pulumi.resources = [{"urn": ROOT, "type": "pulumi:pulumi:Stack"}, component("cube")]
    found = stacks.component(Path(), "prod")
    assert (found.stack, found.name) == ("prod", "cube")
    assert found.outputs["declaration"]["warehouse"] == "snowflake"
    assert pulumi.asked == [("stack", "export", "--stack", "prod")], "and no secret was asked for"


def test_of_several_one_has_to_be_chosen_by_its_name(pulumi: Pulumi) -> None:
    pulumi.resources = [component("first"), component("second")]
    with pytest.raises(StackError, match="choose one with --component: first, second"):
        stacks.component(Path(), "prod")
    assert stacks.component(Path(), "prod", "second").name == "second"
    with pytest.raises(StackError, match=r"no component 'third'.*It has: first, second"):
        stacks.component(Path(), "prod", "third")


def test_two_of_one_name_are_told_apart_by_their_urns(pulumi: Pulumi) -> None:
    pulumi.resources = [component("cube"), component("cube", "DatabricksAccess")]
    with pytest.raises(StackError, match="say its URN instead"):
        stacks.component(Path(), "prod", "cube")
    assert stacks.component(Path(), "prod", pulumi.resources[1]["urn"]).name == "cube"


@pytest.mark.parametrize("resources", [[], [{"urn": ROOT, "type": "pulumi:pulumi:Stack"}]])
def test_a_stack_without_one_is_said(pulumi: Pulumi, resources: list[dict[str, Any]]) -> None:
    pulumi.resources = resources
    with pytest.raises(StackError, match="stack prod has no component of cube-access"):
        stacks.component(Path(), "prod")


def test_one_whose_up_broke_off_is_said(pulumi: Pulumi) -> None:
    pulumi.resources = [{**component("cube"), "outputs": {}}]
    with pytest.raises(StackError, match="did not come to an end"):
        stacks.component(Path(), "prod")


def test_what_a_replacement_left_to_be_deleted_does_not_count(pulumi: Pulumi) -> None:
    pulumi.resources = [component("cube"), {**component("old"), "delete": True}]
    assert stacks.component(Path(), "prod").name == "cube"


def test_only_what_is_below_it_is_its_own(pulumi: Pulumi) -> None:
    mine, other = component("mine"), component("other")
    inner = {"urn": "urn::inner", "type": "x:y:Z", "parent": mine["urn"]}
    deep = {"urn": "urn::deep", "type": "x:y:Z", "parent": "urn::inner"}
    foreign = {"urn": "urn::foreign", "type": "x:y:Z", "parent": other["urn"]}
    pulumi.resources = [mine, other, inner, deep, foreign, {"urn": "urn::lost", "type": "x:y:Z"}]
    found = stacks.component(Path(), "prod", "mine")
    assert [each["urn"] for each in found.children] == ["urn::inner", "urn::deep"]


def test_a_secret_is_read_only_where_it_is_asked_for(pulumi: Pulumi) -> None:
    outputs: dict[str, Any] = {
        "declaration": {"warehouse": "snowflake"},
        "cubeEnv": secret({"KEY": PLANTED, "list": [PLANTED]}),
    }
    pulumi.resources = [component("cube", **outputs)]
    found = stacks.component(Path(), "prod")
    assert PLANTED not in repr(found)
    assert stacks.output(Path(), "prod", "", "cubeEnv") == {"KEY": PLANTED, "list": [PLANTED]}
    assert pulumi.asked[-1] == ("stack", "export", "--show-secrets", "--stack", "prod")
    with pytest.raises(StackError, match="cube of stack prod has no output cubePy"):
        stacks.output(Path(), "prod", "", "cubePy")


def test_a_declaration_that_is_secret_as_a_whole_is_read_all_the_same(pulumi: Pulumi) -> None:
    pulumi.resources = [component("cube", declaration=secret({"warehouse": "x"}))]
    assert stacks.component(Path(), "prod").outputs["declaration"] == {"warehouse": "x"}
    assert "--show-secrets" in pulumi.asked[-1]


def test_what_was_made_of_a_secret_is_read_however_deep_it_stands(pulumi: Pulumi) -> None:
    account = {"id": "cube", "privileges": [secret("SELECT ON X")]}
    pulumi.resources = [component("cube", declaration={}, serviceAccount=account)]
    found = stacks.component(Path(), "prod")
    assert found.outputs["serviceAccount"]["privileges"] == ["SELECT ON X"]


class TestPulumi:
    def test_its_absence_is_said(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setattr(stacks, "path", lambda: str(tmp_path))
        with pytest.raises(StackError, match="no `pulumi` on PATH"):
            stacks.pulumi(tmp_path, "stack", "export")

    def test_its_last_line_is_the_reason(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        fake = tmp_path / "pulumi"
        fake.write_text(
            "#!/bin/sh\necho warning >&2\necho 'error: no stack named x' >&2\nexit 255\n"
        )
        fake.chmod(0o755)
        monkeypatch.setattr(stacks, "path", lambda: f"{tmp_path}:/usr/bin:/bin")
        with pytest.raises(StackError, match=r"`pulumi stack export` failed.*: error: no"):
            stacks.pulumi(tmp_path, "stack", "export", "--stack", "x")
        with pytest.raises(StackError, match="which stack"):
            stacks.selected(tmp_path)
