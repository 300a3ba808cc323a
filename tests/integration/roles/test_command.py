"""`cube-access roles`, before anything was applied: by the real engine, and without an account."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from cube_access.cli import main
from tools.stacks import PROJECT, ROOT, example

PROVIDER = {
    "type": "OKTA",
    "issuer": "https://acme.okta.com/oauth2/default",
    "jwsKeysUrl": "https://acme.okta.com/oauth2/default/v1/keys",
    "userMappingClaim": "sub",
    "authUrl": "https://acme.okta.com/oauth2/default/v1/authorize",
    "tokenUrl": "https://acme.okta.com/oauth2/default/v1/token",
    "clientId": "0oa",
    "scopes": ["session:role:ANALYST"],
}
ENCRYPTED = {"secure": "v1:c2FsdA==:Y2lwaGVydGV4dA=="}
Roles = Callable[..., tuple[int, dict[str, str], str]]


@pytest.fixture
def roles(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Roles:
    """The command on this project with other keys: exit code, files and what it said of trouble."""
    program, here = tmp_path / "program", tmp_path / "here"
    program.mkdir()
    here.mkdir()
    for entry in (*PROJECT, ".venv"):
        (program / entry).symlink_to(ROOT / entry)
    monkeypatch.chdir(here)
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)

    def run(name: str, **changes: Any) -> tuple[int, dict[str, str], str]:
        changed = {f"cube-access:{key}": value for key, value in changes.items()}
        config = {"config": {**example(name), **changed}, "encryptionsalt": "v1:of:another"}
        (program / "Pulumi.prod.yaml").write_text(yaml.safe_dump(config))
        code = main(["roles", "--cwd", str(program), "--stack", "acme/prod"])
        files = {each.name: each.read_text() for each in here.glob("roles/acme-prod/*")}
        return code, files, capsys.readouterr().err

    return run


def test_it_needs_no_state_no_passphrase_and_no_account(roles: Roles) -> None:
    key = "11111111-1111-4111-8111-111111111111"
    code, files, err = roles(
        "sandbox-snowflake",
        deployerRole="sign-in",
        allowedRoles=[],
        externalOauth=PROVIDER,
        externalOauthClientSecret=ENCRYPTED,
        secretKmsKeyId=key,
    )
    assert (code, err) == (0, "")
    assert sorted(files) == [
        "aws-deployer.json",
        "aws-previewer.json",
        "snowflake-deployer.sql",
        "snowflake-previewer.sql",
    ]
    assert "CUBE_PROD_DEPLOYER" in files["snowflake-deployer.sql"]
    _, use, look = json.loads(files["aws-deployer.json"])["Statement"]
    assert use["Resource"].endswith(f":key/{key}")
    assert look["Resource"] == use["Resource"]


def test_what_is_encrypted_and_needed_is_refused_and_nothing_is_written(roles: Roles) -> None:
    code, files, err = roles("sandbox-databricks", secretKmsKeyId=ENCRYPTED)
    assert (code, files) == (2, {})
    assert "secretKmsKeyId is not known here" in err
    assert "give it in plain" in err


def test_wrong_settings_are_the_programs_own_error(roles: Roles) -> None:
    code, files, err = roles("sandbox-databricks", schemas=["main"])
    assert (code, files) == (2, {})
    assert "cube-access:schemas" in err
    assert "Traceback" not in err


def test_a_stack_without_a_file_is_an_error_that_lists_those_there_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["roles", "--cwd", str(ROOT), "--stack", "other"]) == 2
    assert "no Pulumi.other.yaml" in (said := capsys.readouterr().err)
    assert "sandbox-databricks, sandbox-snowflake" in said
