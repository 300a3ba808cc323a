"""The report with the real engine: of two revisions without any account, and of a live preview."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from cube_access.cli import main
from cube_access.report import build, offline, preview
from sandbox import Sandbox
from tests.components.report.record import SEEN, recorded, run
from tools.stacks import PROJECT, ROOT, Stack, enter, example

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


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A repository of this project whose stacks are changed after its first commit."""
    for name in ("AWS_SECRET_ACCESS_KEY", "DATABRICKS_TOKEN", "SNOWFLAKE_PASSWORD"):
        monkeypatch.setenv(name, PLANTED)  # what must not be used is there
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", PLANTED)
    folder = tmp_path / "checkout"
    folder.mkdir()

    def make(stack: str, before: dict[str, Any], after: dict[str, Any]) -> Path:
        for entry in PROJECT:
            if entry != ".venv":
                subprocess.run(["cp", "-R", ROOT / entry, folder], check=True)
        file = folder / f"Pulumi.{stack}.yaml"
        file.write_text(yaml.safe_dump(before))
        git(folder, "init", "--quiet")
        git(folder, "add", "-A")
        git(folder, "commit", "--quiet", "-m", "before")
        file.write_text(yaml.safe_dump(after))
        monkeypatch.chdir(folder)
        (folder / ".venv").symlink_to(ROOT / ".venv")
        return folder

    return make


def report(*arguments: str) -> int:
    """The command, on this checkout."""
    return main(["report", "--cwd", str(ROOT), *arguments])


def stack_file(config: dict[str, Any], **changes: Any) -> dict[str, Any]:
    changed = {f"cube-access:{key}": value for key, value in changes.items()}
    return {"encryptionsalt": "v1:other:v1:salt:salt", "config": {**config, **changed}}


def test_a_pull_request_is_reported_without_account_passphrase_or_state(
    checkout: Callable[..., Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = example("sandbox-snowflake")
    secure = {
        "externalOauthClientSecret": {"secure": f"v1:{PLANTED}"},
        "externalOauth": OKTA,
        "allowedRoles": [],
    }
    before = stack_file(config, **secure, protect=True)
    after = stack_file(
        config, **secure, protect=True, schemas=["ANALYTICS.SALES", "RAW.EVENTS"], name="cube-new",
        fallback="service-account",
    )  # fmt: skip
    checkout("sandbox-snowflake", before, after)
    code = main(["report", "--stack", "sandbox-snowflake", "--output", str(tmp_path / "out")])
    said = capfd.readouterr()
    assert code == 1, said
    assert said.err == ""
    document = json.loads((tmp_path / "out/sandbox-snowflake.json").read_text())
    added = {
        (each["identity"], each["privilege"], each["securable"])
        for each in document["privileges"]
        if each["status"] == "added"
    }
    assert ("user CUBE_NEW", "SELECT", "RAW.EVENTS") in added
    assert ("user CUBE_NEW", "USAGE", "RAW") in added, "the way there, too"
    assert any(
        "name (CUBE_SANDBOX_SNOWFLAKE_EXTERNAL -> CUBE_NEW_EXTERNAL): it replaces" in each
        for each in document["stops"]
    ), "what a live preview would refuse, although nobody was asked"
    hit = {(each["what"], each["how"]) for each in document["disruptions"]}
    assert ("External OAuth integration CUBE_SANDBOX_SNOWFLAKE_EXTERNAL", "replaced") in hit
    assert ("service user CUBE_SANDBOX_SNOWFLAKE", "replaced") in hit, (
        "by the program's own replace_on_changes"
    )
    changed = {each["label"]: each["after"] for each in document["configuration"]}
    assert changed["fallback"] == "service-account"
    assert not [what for what, _ in hit if "use of warehouse" in what], "people keep theirs"
    assert document["judged"]
    for file in (tmp_path / "out").iterdir():
        assert PLANTED not in file.read_text()
        assert preview.PLACEHOLDER not in file.read_text()


def test_what_only_a_weakened_policy_pack_lets_through_is_on_top(
    checkout: Callable[..., Path], tmp_path: Path
) -> None:
    config = example("sandbox-snowflake")  # breaks the pack's own levels, not development's
    secure = {
        "externalOauthClientSecret": {"secure": "v1:one"},
        "externalOauth": OKTA,
        "allowedRoles": [],
    }
    after = stack_file(config, **{**secure, "externalOauthClientSecret": {"secure": "v1:two"}})
    folder = checkout(
        "sandbox-snowflake", stack_file(config, **secure), {**after, "environment": [1]}
    )
    weaker = folder / "policies/config/sandbox-snowflake.json"
    weaker.write_text((folder / "policies/starts/development.json").read_text())
    (folder / "yaml.py").write_text("# imported in place of the library\n")
    assert main(["report", "--stack", "sandbox-snowflake", "--output", str(tmp_path / "out")]) == 0
    document = json.loads((tmp_path / "out/sandbox-snowflake.json").read_text())
    assert {"policies/config/sandbox-snowflake.json", "yaml.py"} <= set(document["made_by"])
    assert not [each for each in document["verdicts"] if each["level"] == "mandatory"]
    assert "secret-stores-recoverable" in {each["rule"] for each in document["let_through"]}
    text = (tmp_path / "out/sandbox-snowflake.md").read_text()
    above = text[: text.index("| setting") if "| setting" in text else text.index("<details>")]
    assert "It changes code that this report is made by" in above
    assert "`secret-stores-recoverable` as it was refuses** `cube-secret`" in above
    changed = {(each["label"], each["after"]) for each in document["configuration"]}
    assert changed == {("externalOauthClientSecret", "[secret]"), ("environment", "[secret]")}


def test_a_revision_that_is_not_there_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert report("--stack", "dev", "--base", "no-such-revision") == 2
    assert "cube-access: --base no-such-revision: git has no such commit" in (
        capsys.readouterr().err
    )


def test_a_stack_that_is_in_neither_revision_is_said_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert report("--stack", "nowhere") == 2
    said = capsys.readouterr().err
    assert "there is no Pulumi.nowhere.yaml" in said
    assert "sandbox-databricks, sandbox-snowflake" in said
    assert report("--stack", "../../etc") == 2
    assert "is no stack's name" in capsys.readouterr().err


def test_a_folder_without_a_program_is_said_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "--stack", "dev", "--cwd", str(tmp_path)]) == 2
    assert f"there is no Pulumi.yaml in {tmp_path}" in capsys.readouterr().err


def test_a_program_outside_of_a_repository_has_no_revision(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: x\nruntime: yaml\n")
    assert main(["report", "--stack", "dev", "--cwd", str(tmp_path)]) == 2
    assert "without a repository, use --preview" in capsys.readouterr().err


def test_the_offline_environment_has_nothing_to_sign_in_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "DATABRICKS_TOKEN", "GITHUB_TOKEN", "PULUMI_ACCESS_TOKEN"):
        monkeypatch.setenv(name, PLANTED)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com")
    environment = offline._environment(tmp_path, offline.checkout(ROOT), None)
    assert PLANTED not in environment.values()
    assert environment["HOME"] == str(tmp_path / "home"), "no profile, no key ring"
    assert environment["HTTPS_PROXY"] == "http://127.0.0.1:9"
    assert environment["CUBE_ACCESS_OFFLINE"] == "1"


@pytest.mark.parametrize("example_name", ["sandbox-databricks", "sandbox-snowflake"])
def test_nobody_is_asked_although_the_network_and_the_credentials_are_there(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, example_name: str
) -> None:
    """What an offline preview takes away is given back: only what keeps it from asking is left."""
    quiet = offline._environment

    def with_everything(*arguments: Any) -> dict[str, str]:
        found = quiet(*arguments)
        kept = {key: found[key] for key in found if "PULUMI" in key or "OFFLINE" in key}
        return {**found, **sandbox.env, **kept, "PATH": found["PATH"]}

    monkeypatch.setattr(offline, "_environment", with_everything)
    sandbox.journal.clear()
    written = offline.preview(offline.checkout(ROOT), example_name)
    found = preview.read([("the digest", written.digest), ("the event log", written.events)])
    assert found.errors == []
    assert len(found.steps) > 15, "the program ran to its end"
    assert [f"{each.method} {each.host}{each.path}" for each in sandbox.journal] == []


def test_a_program_in_a_folder_of_its_repository_is_compared_there(
    checkout: Callable[..., Path], tmp_path: Path
) -> None:
    config = example("sandbox-snowflake")
    top = checkout("sandbox-snowflake", stack_file(config), stack_file(config, fallback="deny"))
    inside = top / "infra/cube"
    inside.mkdir(parents=True)
    for entry in ("Pulumi.yaml", "__main__.py", "Pulumi.sandbox-snowflake.yaml"):
        (top / entry).rename(inside / entry)
    project = inside / "Pulumi.yaml"
    project.write_text(project.read_text().replace(": .venv", ": ../../.venv"))
    git(top, "add", "-A", "--", ":!.venv")
    git(top, "commit", "--quiet", "-m", "moved")
    (inside / "Pulumi.sandbox-snowflake.yaml").write_text(
        yaml.safe_dump(stack_file(config, schemas=["RAW.EVENTS"]))
    )
    command = ["report", "--stack", "sandbox-snowflake", "--cwd", str(inside)]
    assert main([*command, "--output", str(tmp_path / "out"), "--policy-pack", "policies"]) in (
        0,
        1,
    )
    document = json.loads((tmp_path / "out/sandbox-snowflake.json").read_text())
    changed = {
        (each["status"], each["securable"])
        for each in document["privileges"]
        if each["status"] != "kept" and each["kind"] == "schema"
    }
    assert ("added", "RAW.EVENTS") in changed
    assert ("removed", "ANALYTICS.SALES") in changed
    assert document["judged"]


def test_a_revisions_own_source_of_the_package_is_what_runs(tmp_path: Path) -> None:
    was = tmp_path / "revision"
    was.mkdir()
    for entry in ("Pulumi.yaml", "Pulumi.sandbox-databricks.yaml", "__main__.py", "components"):
        subprocess.run(["cp", "-R", ROOT / entry, was], check=True)
    with (was / "components/cube_access/settings/__init__.py").open("a") as file:
        file.write('\nraise RuntimeError("of the revision")\n')
    written = offline.preview(offline.Tree(was), "sandbox-databricks", now=offline.checkout(ROOT))
    found = preview.read([("the digest", written.digest), ("the event log", written.events)])
    assert "of the revision" in "".join(found.errors)


def test_a_live_preview_gives_the_report_that_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Sandbox(tmp_path / "sandbox") as sandbox:
        enter(sandbox, monkeypatch)
        stack = Stack(sandbox, tmp_path / "project", "dev", example("sandbox-databricks"))
        text = run(stack, *SEEN)
    report = build.from_live(preview.read([("live", text)]), "dev", "A preview of the real stack")
    known = recorded("databricks-first-up")
    assert report.privileges == known.privileges
    assert report.settings == known.settings
    assert report.reach == known.reach
    assert report.judged
