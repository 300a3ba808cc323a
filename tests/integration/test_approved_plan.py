"""What the workflows do with a plan: judged as production, readable by whoever sees artifacts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox import Sandbox
from tools.stacks import ROOT, Stack, enter, example, kms_key

PRODUCTION = (
    *("--policy-pack", str(ROOT / "policies")),
    *("--policy-pack-config", str(ROOT / "policies/starts/production.json")),
    "--suppress-outputs",
)


def test_a_plan_is_judged_as_production_applied_and_holds_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = tmp_path / "plan.json"
    with Sandbox(tmp_path / "sandbox") as sandbox:
        enter(sandbox, monkeypatch)
        stack = Stack(sandbox, tmp_path / "project", "dev", example("sandbox-databricks"))
        kms_key("alias/cube-prod", str(example("sandbox-databricks")["cube-access:awsRegion"]))
        # As README has it: no default of development's, and a key of one's own.
        stack.set(protect=None, secretRecoveryDays=None, secretKmsKeyId="alias/cube-prod")
        made = stack.pulumi("preview", *PRODUCTION, "--save-plan", str(plan))
        assert made.code == 0, made.output
        done = stack.pulumi("up", *PRODUCTION, "--plan", str(plan), "--skip-preview", "--yes")
        assert done.code == 0, done.output

        # Now there are secrets, and a change that they are part of the plan of.
        outputs = json.loads(stack.pulumi("stack", "output", "--json", "--show-secrets").output)
        env = outputs["cube_env"]
        secrets = [env[key] for key in env if key.endswith("SECRET")]
        assert secrets, "the service account's"
        stack.set(schemas=["main.sales", "main.reference"], credentialVersions=["v1", "v2"])
        made = stack.pulumi("preview", *PRODUCTION, "--save-plan", str(plan))
        assert made.code == 0, made.output
        assert "ciphertext" in plan.read_text()
        for text in (made.output, plan.read_text()):
            assert [key for key in secrets if key in text] == []

        nowhere = str(ROOT / "policies/config/nowhere.json")
        lost = stack.pulumi("preview", *PRODUCTION[:3], nowhere)
        assert lost.code != 0, "without its file an environment is not judged by other rules"
        assert "nowhere.json" in lost.output
