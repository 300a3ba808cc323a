"""What an audit says beside violations, and that nothing in a resource changes what is said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cube_access.audit import files, page, run, sarif
from cube_access.audit.model import NOT_JUDGED, TOLD, VIOLATED, Audit, AuditError
from cube_access.audit.pack import described, find
from tests.components.audit.test_audit import (
    GOOD,
    GRANT,
    PACK,
    SIGN_IN,
    counts,
    events,
    of,
    state,
    told,
    unseen,
    urn,
)

COMMAND = urn("command:local:Command", "script")


def built(
    folder: Path, said: str, *shown: str, config: Mapping[str, Any], program: str = "Pulumi.yaml"
) -> Audit:
    file = folder / "prod.json"
    file.write_text(json.dumps(config))
    pack = find(Path(), "prod", PACK, file)
    found = run.read(said, run.resources(state(*shown), "it"))
    types = sorted({run.type_of(each) for each in shown})
    return run.build(
        found,
        described(pack, types),
        pack,
        stack="prod",
        source="It",
        program=program,
        locked=False,
        left_out=0,
    )


def one_told(folder: Path, config: Mapping[str, Any]) -> Audit:
    said = events(told("unknowns-named", COMMAND, "A command: what it runs, no rule can see."))
    return built(folder, said, GOOD, COMMAND, config=config)


def test_what_no_rule_judges_is_no_green_page(tmp_path: Path) -> None:
    audit = one_told(tmp_path, {})
    assert of(audit, "unknowns-named").status == TOLD
    assert ("warn", "1 resource that no rule judges in full") in page.chips(audit)
    assert "1 resource that no rule judges in full" in page.summary(audit, [])
    assert "unknowns-named (advisory): tells of 1 resource" in page.summary(audit, [])
    assert page._header(audit) != page._header(built(tmp_path, events(), GOOD, config={}))
    assert not audit.violations


def test_a_rule_about_the_run_that_binds_is_violated(tmp_path: Path) -> None:
    audit = one_told(tmp_path, {"all": "mandatory"})
    assert of(audit, "unknowns-named").status == VIOLATED
    assert ("bad", "1 rule violated") in page.chips(audit)
    assert not any("advisory" in text for _, text in page.chips(audit))


def test_what_the_engine_shows_to_no_rule_is_told(tmp_path: Path) -> None:
    text = json.loads(state(GOOD))
    assert run.left_out(json.dumps(text)) == 1, "what a replacement left"
    text["deployment"]["pending_operations"] = [{"type": "creating", "resource": {"urn": GOOD}}]
    assert run.left_out(json.dumps(text)) == 2
    audit = replace(built(tmp_path, events(), GOOD, config={}), left_out=2)
    assert ("warn", "2 resources that no rule was shown") in page.chips(audit)
    assert "under way when a run ended" in page.render(audit)
    assert 'class="good"' not in page._header(audit)


def test_rules_that_are_off_are_no_green_page(tmp_path: Path) -> None:
    audit = built(tmp_path, events(), GOOD, config={"all": "disabled"})
    assert not audit.binds
    assert ("warn", "no rule is mandatory") in page.chips(audit)
    assert built(tmp_path, events(), GOOD, config={}).binds


def test_a_violation_cannot_be_worded_as_what_is_not_known(tmp_path: Path) -> None:
    name = "string value at .x can't be known during preview"
    message = f"Grants give reading only.\nGrants INSERT to {name}\nGrant only …"
    audit = built(tmp_path, events(told("grants-read-only", GOOD, message)), GOOD, config={})
    assert counts(of(audit, "grants-read-only")) == (VIOLATED, 1, 0, 1, 0)
    audit = built(tmp_path, events(unseen("grants-read-only", GOOD, "x")), GOOD, config={})
    assert counts(of(audit, "grants-read-only")) == (NOT_JUDGED, 1, 0, 0, 1)


def test_the_sarif_of_a_name_that_is_a_link_or_a_placeholder_and_of_a_path_with_a_space(
    tmp_path: Path,
) -> None:
    linked = urn(GRANT, r"[click](https://evil.example)\x")
    said = events(told("grants-read-only", linked, "Grants INSERT on {0}."))
    audit = built(tmp_path, said, linked, config={}, program="my infra/Pulumi.yaml")
    (result,) = sarif.document(audit)["runs"][0]["results"]
    assert result["message"]["text"].startswith(r"\[click\](https://evil.example)\\x: ")
    assert "Grants INSERT on {{0}}." in result["message"]["text"]
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location["uri"] == "my%20infra/Pulumi.yaml"


def test_advice_is_no_high_alarm_in_the_sarif(tmp_path: Path) -> None:
    audit = built(tmp_path, events(), SIGN_IN, config={"cloud-policies-private": "advisory"})
    rules = {
        each["id"]: each for each in sarif.document(audit)["runs"][0]["tool"]["driver"]["rules"]
    }
    severity = {name: rule["properties"]["security-severity"] for name, rule in rules.items()}
    assert severity["cloud-policies-private"] == "5.5"
    assert severity["secret-stores-private"] == "9.5"


@pytest.mark.parametrize("name", ["x", "urn:pulumi:prod", "urn:pulumi:::p::t::n", 7])
def test_what_has_no_urn_is_no_state(name: object) -> None:
    text = json.dumps({"deployment": {"resources": [{"urn": name}]}})
    with pytest.raises(AuditError, match="is no exported state"):
        run.resources(text, "it")


def test_a_pack_that_is_no_text_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/describe.py").touch()
    (tmp_path / "PulumiPolicy.yaml").write_bytes(b"version: \xff\n")
    with pytest.raises(AuditError, match="cannot be read"):
        find(tmp_path, "prod", tmp_path, None)


def test_half_a_character_is_written_all_the_same(tmp_path: Path) -> None:
    half = urn(GRANT, "half \ud800")
    audit = built(tmp_path, events(told("grants-read-only", half, "No.")), half, config={})
    json_file, *others = files.write(audit, tmp_path / "out")
    assert json.loads(json_file.read_text(encoding="utf-8"))["resources"] == 1
    assert r"half \ud800" in json_file.read_text(encoding="utf-8")
    assert all(each.read_text(encoding="utf-8") for each in others)
