"""The pack as a whole: what it is called, and that its catalogue is complete."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pulumi_policy
import pytest

from tests.policies.conftest import PACK

ROOT = Path(__file__).parents[2]


def test_every_rule_is_in_the_pack_once_and_mandatory(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dict[str, Any]] = []
    monkeypatch.setattr(pulumi_policy, "PolicyPack", lambda name, **what: made.append(what))
    runpy.run_path(str(ROOT / "policies/__main__.py"))
    (pack,) = made
    assert pack["enforcement_level"] is pulumi_policy.EnforcementLevel.MANDATORY
    names = [rule.name for rule in pack["policies"]]
    assert names == [rule.name for rule in PACK]
    assert len(set(names)) == len(names)


def test_the_catalogue_says_what_the_rules_say() -> None:
    text = (ROOT / "docs/policies.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", text, re.MULTILINE)
    assert listed == [(rule.name, rule.description) for rule in PACK]
