"""The clouds' answers plant every secret; none may be readable where it was not asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest

from sandbox import Sandbox
from tests.integration.conftest import Stack
from tools import cube_files

# docs/secrets.md warns of these: at --debug the plugin tells what it sets, and at -v=9 the engine
# what it says to plugins. Nothing else may.
OTHERS_OWN = re.compile(r"\[TRACE\] set secret|(Unmarshaling|Marshaling) property for RPC")


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


@pytest.mark.parametrize("credential", ["m2m", "pat"])
def test_no_secret_is_readable_anywhere(
    make_stack: Callable[..., Stack], sandbox: Sandbox, tmp_path: Path, credential: str
) -> None:
    stack = make_stack(credential=credential)
    texts: dict[str, str] = {}
    texts["preview"] = stack.pulumi("preview", "--diff").output
    texts["debug output of up"] = stack.up("--debug").output
    logs = ("--logtostderr", "--logflow", "-v=9")
    texts["log of refresh"] = stack.pulumi("refresh", "--yes", "--skip-preview", *logs).output
    stack.set(credentialVersions=["v2"], schemas=["main.sales", "main.nope"])
    texts["log of a failed up"] = stack.up(*logs).output
    stack.set(schemas=["main.sales"])
    texts["preview of a rotation"] = stack.pulumi("preview", "--diff").output
    texts["log of a rotation"] = stack.up("--skip-preview", *logs).output
    texts["exported state"] = stack.export()
    texts["outputs"] = stack.must("stack", "output", "--json").output
    texts["history"] = stack.must("stack", "history", "--json").output
    texts["state on disk"] = "".join(
        path.read_text(errors="replace")
        for path in (sandbox.home / "state").rglob("*")
        if path.is_file()
    )
    loud = {where for where in texts if "log" in where} | {"debug output of up"}
    assert "debug: " in texts["debug output of up"]
    assert '"v":9' in texts["log of a rotation"]
    for what, secret in secrets_of(stack, sandbox).items():
        # As itself, and as it stands inside a JSON text.
        for form in {secret, json.dumps(secret)[1:-1]}:
            found = [
                f"{where}: {line[:200]}"
                for where, text in texts.items()
                for line in text.splitlines()
                if form in line and not (where in loud and OTHERS_OWN.search(line))
            ]
            assert not found, f"the {what} is readable in {found}"
    assert stack.outputs(), "and it is there when asked for"


def test_the_files_for_cube_are_written_and_env_is_private(
    stack: Stack,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stack.apply()
    monkeypatch.setattr(cube_files, "ROOT", stack.folder)
    assert cube_files.main(["env", "dev"], tmp_path) == 0
    assert cube_files.main(["cube-py", "dev"], tmp_path) == 0
    outputs = stack.outputs()
    secret = outputs["cube_env"]["CUBE_SERVICE_DATABRICKS_CLIENT_SECRET"]
    assert f"CUBE_SERVICE_DATABRICKS_CLIENT_SECRET={secret}" in (tmp_path / ".env").read_text()
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "cube.py").read_text() == outputs["cube_py"]
    assert secret not in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.glob(".*part")) == []
