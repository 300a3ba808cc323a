"""Some of the corpora on the real engine: one state of them all, as `pulumi stack export` writes
it, and `pulumi policy analyze`. The rest is judged in this process, by test_corpora.py.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from pulumi_policy.deserialize import SPECIAL_SECRET_SIG as SECRET
from pulumi_policy.deserialize import SPECIAL_SIG_KEY as SIGN

from tests.policies.cases.types import OAUTH_GOOD
from tools.policy_corpus import Recording, deployment, is_plain, recordings, urns
from tools.policy_stacks import ENVIRONMENTS, PACK, ROOT

HOSTILE = 20


def chosen() -> list[Recording]:
    """Of each kind some, whose rule judges one resource or a stack: alike on the engine."""
    plain = [each for each in recordings("hostile") if is_plain(each) and not each.config]
    by_kind: dict[str, list[Recording]] = {}
    for each in plain:
        by_kind.setdefault(each.kind, []).append(each)
    rows = zip(*(each[:2] for each in by_kind.values() if len(each) > 1), strict=True)
    return [each for row in rows for each in row][:HOSTILE]


def analyze(state: Path, **environment: str) -> tuple[int, str]:
    done = subprocess.run(
        [
            *("pulumi", "policy", "analyze", "--file", str(state), "--json"),
            *("--policy-pack", str(PACK), "--policy-pack-config", str(ENVIRONMENTS["prod"])),
        ],
        cwd=state.parent,
        env={
            **os.environ,
            "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}",
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    return done.returncode, done.stdout


def told(output: str) -> list[dict[str, str]]:
    events = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    return [event["policyEvent"] for event in events if "policyEvent" in event]


def test_recorded_stacks_are_caught_on_the_engine_as_in_this_process(tmp_path: Path) -> None:
    stacks = chosen()
    state = tmp_path / "state.json"
    state.write_text(json.dumps(deployment(stacks)))
    code, said = analyze(state)
    assert code != 0, said
    found = {(each["policyName"], each.get("resourceUrn", "")) for each in told(said)}
    assert len(stacks) == HOSTILE
    missed = [
        each.name
        for number, each in enumerate(stacks)
        if not any((each.rule, urn) in found for urn in urns(each, number))
    ]
    assert missed == [], said[-3000:]


def test_without_the_passphrase_nothing_is_accused_and_what_is_hidden_is_said(
    tmp_path: Path,
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
    state = tmp_path / "state.json"
    state.write_text(json.dumps({"version": 3, "deployment": content}))
    code, said = analyze(state, PULUMI_CONFIG_PASSPHRASE="")
    assert code == 0, said
    assert {each["enforcementLevel"] for each in told(said)} == {"advisory"}
    assert "oauthRedirectUri can't be known" in said
