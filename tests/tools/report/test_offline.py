"""The report with the real engine: of two revisions without any account, and of a live preview."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from sandbox import Sandbox
from tests.integration.conftest import PROJECT, ROOT, Stack, enter, example
from tests.tools.report.record import SEEN, recorded, run
from tools.report import __main__ as command
from tools.report import build, offline, preview

pytestmark = pytest.mark.integration
PLANTED = "planted-" + "ciphertext"
OKTA = {
    "type": "OKTA",
    "issuer": "https://example.okta.com/oauth2/default",
    "jwsKeysUrl": "https://example.okta.com/oauth2/default/v1/keys",
    "userMappingClaim": "sub",
    "authUrl": "https://example.okta.com/oauth2/default/v1/authorize",
    "tokenUrl": "https://example.okta.com/oauth2/default/v1/token",
    "clientId": "cube",
    "scopes": ["session:role:ANALYST"],
}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A repository of this project whose stacks are changed after its first commit."""
    for name in ("AWS_SECRET_ACCESS_KEY", "DATABRICKS_TOKEN", "SNOWFLAKE_PASSWORD"):
        monkeypatch.setenv(name, PLANTED)  # what must not be used is there
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PLANTED)
    folder = tmp_path / "checkout"
    folder.mkdir()

    def git(*arguments: str) -> None:
        who = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
        subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)

    def make(stack: str, before: dict[str, Any], after: dict[str, Any]) -> Path:
        for entry in PROJECT:
            if entry != ".venv":
                subprocess.run(["cp", "-R", ROOT / entry, folder], check=True)
        file = folder / f"Pulumi.{stack}.yaml"
        file.write_text(yaml.safe_dump(before))
        git("init", "--quiet")
        git("add", "-A")
        git("commit", "--quiet", "-m", "before")
        file.write_text(yaml.safe_dump(after))
        monkeypatch.setattr(offline, "ROOT", folder)
        (folder / ".venv").symlink_to(ROOT / ".venv")
        return folder

    return make


def stack_file(config: dict[str, Any], **changes: Any) -> dict[str, Any]:
    changed = {f"cube-access:{key}": value for key, value in changes.items()}
    return {"encryptionsalt": "v1:other:v1:salt:salt", "config": {**config, **changed}}


def test_a_pull_request_is_reported_without_account_passphrase_or_state(
    checkout: Callable[..., Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = example("dev-snowflake")
    secure = {"externalOauthClientSecret": {"secure": f"v1:{PLANTED}"}, "externalOauth": OKTA}
    before = stack_file(config, **secure, protect=True)
    after = stack_file(
        config, **secure, protect=True, schemas=["ANALYTICS.SALES", "RAW.EVENTS"], name="cube-new",
        fallback="service-account",
    )  # fmt: skip
    checkout("dev-snowflake", before, after)
    code = command.main(["dev-snowflake", "--out", str(tmp_path / "out")])
    said = capfd.readouterr()
    assert code == 1, said
    assert said.err == ""
    document = json.loads((tmp_path / "out/dev-snowflake.json").read_text())
    added = {
        (each["identity"], each["privilege"], each["securable"])
        for each in document["privileges"]
        if each["status"] == "added"
    }
    assert ("user CUBE_NEW", "SELECT", "RAW.EVENTS") in added
    assert ("user CUBE_NEW", "USAGE", "RAW") in added, "the way there, too"
    assert any(
        "name (CUBE_DEV_SNOWFLAKE_EXTERNAL -> CUBE_NEW_EXTERNAL): it replaces" in each
        for each in document["stops"]
    ), "what a live preview would refuse, although nobody was asked"
    hit = {(each["what"], each["how"]) for each in document["disruptions"]}
    assert ("External OAuth integration CUBE_DEV_SNOWFLAKE_EXTERNAL", "replaced") in hit
    assert ("service user CUBE_DEV_SNOWFLAKE", "replaced") in hit, (
        "by the program's own replace_on_changes"
    )
    changed = {each["label"]: each["after"] for each in document["configuration"]}
    assert changed["fallback"] == "service-account"
    assert not [what for what, _ in hit if "use of warehouse" in what], "people keep theirs"
    assert document["judged"]
    for file in (tmp_path / "out").iterdir():
        assert PLANTED not in file.read_text()
        assert offline.PLACEHOLDER not in file.read_text()


def test_what_only_a_weakened_policy_pack_lets_through_is_on_top(
    checkout: Callable[..., Path], tmp_path: Path
) -> None:
    config = example("dev-snowflake")  # breaks the pack's own levels, not development's
    secure = {"externalOauthClientSecret": {"secure": "v1:one"}, "externalOauth": OKTA}
    after = stack_file(config, **{**secure, "externalOauthClientSecret": {"secure": "v1:two"}})
    folder = checkout("dev-snowflake", stack_file(config, **secure), {**after, "environment": [1]})
    weaker = folder / "policies/config/dev-snowflake.json"
    weaker.write_text((folder / "policies/config/dev.json").read_text())
    (folder / "yaml.py").write_text("# imported in place of the library\n")
    assert command.main(["dev-snowflake", "--out", str(tmp_path / "out")]) == 0
    document = json.loads((tmp_path / "out/dev-snowflake.json").read_text())
    assert {"policies/config", "yaml.py"} <= set(document["made_by"])
    assert not [each for each in document["verdicts"] if each["level"] == "mandatory"]
    assert "secret-stores-recoverable" in {each["rule"] for each in document["let_through"]}
    text = (tmp_path / "out/dev-snowflake.md").read_text()
    above = text[: text.index("| setting") if "| setting" in text else text.index("<details>")]
    assert "It changes code that this report is made by" in above
    assert "`secret-stores-recoverable` as it was refuses** `cube-secret`" in above
    changed = {(each["label"], each["after"]) for each in document["configuration"]}
    assert changed == {("externalOauthClientSecret", "[secret]"), ("environment", "[secret]")}


def test_a_revision_that_is_not_there_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.main(["dev", "--base", "no-such-revision"]) == 2
    assert "report: stopped: BASE=no-such-revision: git has no such commit" in (
        capsys.readouterr().err
    )


def test_a_stack_that_is_in_neither_revision_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.main(["nowhere"]) == 2
    assert "there is no Pulumi.nowhere.yaml" in capsys.readouterr().err
    assert command.main(["--", "../../etc"]) == 2
    assert "is no stack's name" in capsys.readouterr().err


def test_the_offline_environment_has_nothing_to_sign_in_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "DATABRICKS_TOKEN", "GITHUB_TOKEN", "PULUMI_ACCESS_TOKEN"):
        monkeypatch.setenv(name, PLANTED)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com")
    environment = offline._environment(tmp_path, ROOT)
    assert PLANTED not in environment.values()
    assert environment["HOME"] == str(tmp_path / "home"), "no profile, no key ring"
    assert environment["HTTPS_PROXY"] == "http://127.0.0.1:9"


def test_a_live_preview_gives_the_report_that_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(tmp_path / "sandbox") as sandbox:
        enter(sandbox, monkeypatch)
        stack = Stack(sandbox, tmp_path / "project", "dev", example("dev"))
        text = run(stack, *SEEN)
    report = build.from_live(preview.read([("live", text)]), "dev", "A preview of the real stack")
    known = recorded("databricks-first-up")
    assert report.privileges == known.privileges
    assert report.settings == known.settings
    assert report.reach == known.reach
    assert report.judged
