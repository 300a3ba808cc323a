"""Our own resources in a state or a preview: of both kinds, and none passed over."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cube_access.cli import main
from cube_access.plugin.construct import TOKENS
from cube_access.plugin.registry import KINDS
from cube_access.report import build, markdown, own, preview
from cube_access.report.errors import ReportError
from policies.rules import kinds
from tests.components.report.record import names, recorded, recording

SOURCE = Path(own.__file__).parents[1]
DYNAMIC = re.compile(r"pulumi-python:dynamic/([\w-]+):(\w+)")


def token(found: re.Match[str]) -> str:
    module = "index" if found[1] == "cube-access" else found[1]
    return f"cube-access:{module}:{found[2]}"


def camel(text: str) -> str:
    first, *rest = text.split("_")
    return first + "".join(each.title() for each in rest)


def as_of_our_provider(value: Any, *, ours: bool = False) -> Any:
    """A recording of dynamic resources as it would be of our own provider's."""
    if isinstance(value, list):
        return [as_of_our_provider(each, ours=ours) for each in value]
    if isinstance(value, str):
        return DYNAMIC.sub(token, value)
    if not isinstance(value, dict):
        return value
    here = ours or bool(DYNAMIC.search(str(value.get("type", value.get("urn", "")))))
    found = {}
    for key, each in value.items():
        if here and key in ("inputs", "outputs", "propertyDependencies", "detailedDiff"):
            each = {camel(name): one for name, one in (each or {}).items()}
        elif here and key in ("replaceReasons", "diffReasons", "keys", "diffs"):
            each = [camel(name) for name in each or ()]
        found[key] = as_of_our_provider(each)
    return found


@pytest.mark.parametrize("name", names())
def test_a_recording_of_either_kind_gives_the_same_report(name: str) -> None:
    _, text = recording(name)
    later = [as_of_our_provider(json.loads(line)) for line in text.splitlines()]
    written = "\n".join(json.dumps(each) for each in later)
    assert "pulumi-python:dynamic" not in written
    assert "kms_key_id" not in written
    found = preview.read([(name, written)])
    report = build.from_live(found, "dev", "A preview of the real stack")
    assert markdown.render(report) == markdown.render(recorded(name))


def test_every_type_that_the_package_makes_is_known() -> None:
    inner = re.compile(r'super\(\).__init__\(\s*"(cube-access:[a-z]+:[A-Z]\w+)"')
    components = {
        name for file in SOURCE.rglob("*.py") for name in inner.findall(file.read_text())
    } | TOKENS.keys()
    assert components == own.COMPONENTS
    assert own.RESOURCES.keys() == KINDS.keys()
    # The policy pack travels alone, with a list of its own.
    assert {kinds.kind_of(token) for token in components | KINDS.keys()} == kinds.OWN


def test_what_is_others_is_not_ours() -> None:
    assert own.kind_of("pulumi-python:dynamic:Resource") == ""
    assert own.kind_of("pulumi-python:dynamic/theirs:Secret") == ""
    assert own.kind_of("aws:secretsmanager/secret:Secret") == ""


def test_one_of_ours_that_is_not_known_is_an_error_and_no_gap(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kind = "cube-access:snowflake:Backdoor"
    state = {"urn": f"urn:pulumi:dev::x::{kind}::one", "type": kind, "inputs": {}}
    text = json.dumps({"steps": [{"op": "create", "urn": state["urn"], "newState": state}]})
    with pytest.raises(ReportError, match=f"has a {kind}, which this version"):
        preview.read([("x", text)])
    file = tmp_path / "preview.json"
    file.write_text(text)
    command = ["report", "--stack", "dev", "--preview", str(file), "--output", str(tmp_path / "o")]
    assert main(command) == 2
    assert kind in capsys.readouterr().err
    assert not (tmp_path / "o").exists()
