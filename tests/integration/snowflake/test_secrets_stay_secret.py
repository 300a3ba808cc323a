"""The account's answers plant every secret; none may be readable where it was not asked for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cube_access.cli import main
from sandbox import Sandbox
from tests.integration.leaks import life, nothing_readable
from tools.snowflake_client import stored
from tools.stacks import Stack


def test_no_secret_is_readable_anywhere(applied_copy: Stack, sandbox: Sandbox) -> None:
    wrong = {
        "credentialVersions": ["v2"],
        "oauthSecretVersion": 2,
        "schemas": ["ANALYTICS.SALES", "ANALYTICS.NOPE"],
    }
    first = stored()["privateKey"]
    texts = life(applied_copy, wrong, {"schemas": ["ANALYTICS.SALES"]})
    integration = sandbox.snowflake.integrations.get("CUBE_DEV")
    assert integration is not None
    document = stored()
    assert document["privateKey"] != first
    nothing_readable(
        texts,
        {
            "first private key": first,
            "service account's private key": document["privateKey"],
            "client secret in the first slot": integration.client_secret,
            "client secret in the second slot": integration.client_secret_2,
            "stored document": json.dumps(document),
            "deployer's private key": sandbox.env["SNOWFLAKE_PRIVATE_KEY"],
            "AWS key": sandbox.env["AWS_SECRET_ACCESS_KEY"],
        },
    )


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
    key = stored()["privateKey"]
    # Quoted raw, over several lines: a literal \\n in it is what Cube's driver cannot read.
    assert f"CUBEJS_DB_SNOWFLAKE_PRIVATE_KEY='{key}'" in (tmp_path / ".env").read_text()
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "cube.py").read_text() == stack.outputs()["cube_py"]
    assert key.splitlines()[5] not in capsys.readouterr().out
