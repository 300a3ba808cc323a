"""Some of the corpora on the real engine: one state of them all, as `pulumi stack export` writes
it, and `cube-access audit`, which is `pulumi policy analyze` with the counts of each rule. The rest
is judged in this process, by test_corpora.py.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG as SECRET
from pulumi_policy.deserialize import SPECIAL_SIG_KEY as SIGN

from cube_access.audit import run
from cube_access.audit.model import NOT_JUDGED, Audit
from tests.policies.cases.types import OAUTH_GOOD
from tests.policies.corpora import production, resources_of
from tests.policies.harness import judge
from tools.policy_corpus import Recording, deployment, is_plain, numbered, recordings, urns
from tools.policy_stacks import ENVIRONMENTS, PACK

HOSTILE = 20


def chosen() -> list[Recording]:
    """Of each kind some, whose rule judges one resource or a stack: alike on the engine."""
    plain = [each for each in recordings("hostile") if is_plain(each) and not each.config]
    by_kind: dict[str, list[Recording]] = {}
    for each in plain:
        by_kind.setdefault(each.kind, []).append(each)
    rows = zip(*(each[:2] for each in by_kind.values() if len(each) > 1), strict=True)
    return [each for row in rows for each in row][:HOSTILE]


def normal_on(package: str) -> Recording:
    """A normal stack, with a resource of that package."""
    return next(
        each
        for each in recordings("normal")
        if is_plain(each)
        and not each.config
        and any(one.type.startswith(package) for one in each.resources)
    )


def audited(folder: Path, state: Mapping[str, Any]) -> Audit:
    file = folder / "state.json"
    file.write_text(json.dumps(state))
    return run.audit(
        "", folder, lambda _: None, state=file, pack=PACK, policy_config=ENVIRONMENTS["prod"]
    )


def test_recorded_stacks_are_caught_on_the_engine_as_in_this_process(tmp_path: Path) -> None:
    hostile = chosen()
    assert len(hostile) == HOSTILE
    stacks = [*hostile, normal_on("aws:")]
    audit = audited(tmp_path, deployment(stacks))
    assert audit.violations
    found = {(rule.name, each.resource) for rule in audit.rules for each in rule.findings}
    missed = [
        each.name
        for number, each in enumerate(hostile)
        if not any((each.rule, urn) in found for urn in urns(each, number))
    ]
    assert missed == []
    every = {urn for number, each in enumerate(stacks) for urn in urns(each, number)}
    assert set(audit.resources) == every
    for rule in audit.rules:
        assert {each.resource for each in (*rule.findings, *rule.unknown)} <= every | {""}
    assert _broken(audit) == _broken_here(stacks)
    rule = next(each for each in audit.rules if each.name == "cloud-policies-private")
    aws = [urn for urn in audit.resources if run.type_of(urn).startswith("aws:")]
    assert rule.resources == aws
    assert 0 < rule.violated < len(aws) == rule.violated + rule.passed


def _broken(audit: Audit) -> set[tuple[str, str]]:
    """What the engine says of resources by themselves: rule and URN."""
    return {
        (rule.name, each.resource)
        for rule in audit.rules
        for each in rule.findings
        if not rule.whole_stack
    }


def _broken_here(stacks: Sequence[Recording]) -> set[tuple[str, str]]:
    """The same, said in this process."""
    return {
        (said.rule, resource.urn)
        for number, each in enumerate(stacks)
        for resource in resources_of([numbered(one, number) for one in each.resources])
        for said in judge(resource, production())
    }


def test_without_the_passphrase_nothing_is_accused_and_what_is_hidden_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret of an export that cannot be decrypted is the same words, whatever it was."""
    kind = "snowflake:index/oauthIntegrationForCustomClients:OauthIntegrationForCustomClients"
    ciphertext = f"v1:{'A' * 16}:{'B' * 32}"
    props = {**OAUTH_GOOD, "oauthRedirectUri": {SIGN: SECRET, "ciphertext": ciphertext}}
    resource = {
        "urn": f"urn:pulumi:test::cube-access::{kind}::cube",
        **{"type": kind, "custom": True, "id": "CUBE", "protect": True},
        **{"inputs": props, "outputs": props},
    }
    provider = {"type": "passphrase", "state": {"salt": f"v1:{'C' * 12}:{ciphertext}"}}
    content = {"manifest": {}, "secrets_providers": provider, "resources": [resource]}
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "")
    audit = audited(tmp_path, {"version": 3, "deployment": content})
    assert audit.violations == []
    assert audit.hides_secrets
    rule = next(each for each in audit.rules if each.name == "oauth-redirects-https")
    assert (rule.status, rule.passed, rule.not_judged) == (NOT_JUDGED, 0, 1)
    assert "oauthRedirectUri is hidden" in rule.unknown[0].message
