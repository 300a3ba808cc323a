"""The clouds' answers plant every secret; none may be readable where it was not asked for."""

from __future__ import annotations

import json
from pathlib import Path

import boto3
import pytest

from cube_access.cli import main
from sandbox import Sandbox
from tests.integration.leaks import another, life, nothing_readable
from tools.stacks import Stack


def secrets_of(stack: Stack, sandbox: Sandbox) -> dict[str, str]:
    outputs = stack.outputs()
    value = boto3.client("secretsmanager").get_secret_value(SecretId=outputs["secret_arn"])
    document = json.loads(value["SecretString"])
    credential = document.get("clientSecret") or document["token"]
    return {
        "service account's credential": credential,
        "OAuth client secret": outputs["cube_oauth_app"]["client_secret"],
        "stored document": value["SecretString"],
        "deployer's secret": sandbox.env["DATABRICKS_CLIENT_SECRET"],
        "AWS key": sandbox.env["AWS_SECRET_ACCESS_KEY"],
    }


def test_no_secret_is_readable_anywhere(stack: Stack, sandbox: Sandbox) -> None:
    wrong = {"credentialVersions": ["v2"], "schemas": ["main.sales", "main.nope"]}
    texts = life(stack, wrong, {"schemas": ["main.sales"]})
    nothing_readable(texts, secrets_of(stack, sandbox))
    stack.set(credential="pat")
    nothing_readable(another(stack), secrets_of(stack, sandbox))


def test_the_files_for_cube_are_written_and_env_is_private(
    applied_copy: Stack,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stack = applied_copy
    monkeypatch.chdir(tmp_path)
    of_stack = ["--cwd", str(stack.folder), "--stack", "dev"]
    assert main(["env", *of_stack]) == 0
    assert main(["cube-py", *of_stack]) == 0
    outputs = stack.outputs()
    secret = outputs["cube_env"]["CUBE_SERVICE_DATABRICKS_CLIENT_SECRET"]
    assert f"CUBE_SERVICE_DATABRICKS_CLIENT_SECRET={secret}" in (tmp_path / ".env").read_text()
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "cube.py").read_text() == outputs["cube_py"]
    assert secret not in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.glob(".*part")) == []
