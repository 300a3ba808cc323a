"""A reader types what the pages show, from a checkout to a green `up` and on: the lines as they
stand, with the rights that `cube-access roles` wrote and no other.

Which lines are on the way, and which cannot be: tests/pages/journeys.py. `make setup-deployment` is
played here; tests/integration/test_deployment.py runs it.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from sandbox import Sandbox
from tests.helpers import nothing_unknown
from tests.integration.test_deployment import checkout
from tests.pages.journeys import DATABRICKS, SNOWFLAKE, Reader, Step, go
from tests.pages.shell import Shell
from tools.stacks import enter, example, kms_key, warm_python

MAKE = """#!/bin/sh
[ "$*" = setup-deployment ] && ln -s {installed}/.venv .venv
"""
# What a reader brings besides what the sandbox's own environment says of its accounts.
ANSWERS = {
    "sandbox-databricks": {},
    "sandbox-snowflake": {
        "deployerRole": "sign-in",
        "allowedCidrs": "127.0.0.1/32",
        "oauthNetworkPolicy": "CUBE_CLOUD",
    },
}
# docs/verify.md: the metastore's privileges are for its administrators, and the deployer is none.
# And only the deployer sees who could become the service account; of integrations that are not its
# own, only ACCOUNTADMIN.
ENDS = {
    "sandbox-databricks": {"cube-access verify --stack prod --deployer": 2},
    "sandbox-snowflake": {
        f"cube-access verify --stack prod{flags}": 2
        for flags in ("", " --deployer", " --deployer --json prod.json", " --without-sign-in")
    },
}
# The pages say how to sign in. AWS is "as boto3 finds it".
SIGN_IN = (
    "DATABRICKS_CLIENT_ID",
    "DATABRICKS_CLIENT_SECRET",
    "SNOWFLAKE_USER",
    "SNOWFLAKE_PRIVATE_KEY",
    "SNOWFLAKE_AUTHENTICATOR",
)


def answers(name: str) -> dict[str, str]:
    """To the questions of `init`."""
    there = {
        key.removeprefix("cube-access:"): ",".join(value) if isinstance(value, list) else value
        for key, value in example(name).items()
    }
    return {**there, **ANSWERS[name], "secretKmsKeyId": "alias/cube-prod"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "steps"), [("sandbox-databricks", DATABRICKS), ("sandbox-snowflake", SNOWFLAKE)]
)
def test_each_line_ends_well(
    name: str, steps: Sequence[Step], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, programs = tmp_path / "checkout", tmp_path / "bin"
    checkout(folder)
    git = ("git", "-C", str(folder), "update-ref", "refs/remotes/origin/main", "HEAD")
    subprocess.run(git, check=True)
    warm_python().virtualenv(tmp_path / "installed")
    programs.mkdir()
    (programs / "make").write_text(MAKE.format(installed=tmp_path / "installed"))
    (programs / "make").chmod(0o755)
    with Sandbox(tmp_path / "sandbox") as sandbox:
        enter(sandbox, monkeypatch)
        kms_key("alias/cube-prod", str(example(name)["cube-access:awsRegion"]))
        environment = {
            **{key: value for key, value in sandbox.env.items() if key not in SIGN_IN},
            "PATH": f"{programs}{os.pathsep}{sandbox.env['PATH']}",
            # Who reads says yes.
            "PULUMI_SKIP_CONFIRMATIONS": "true",
        }
        shell = Shell(folder, environment, tmp_path / "exported")
        reader = Reader(sandbox, folder, shell, answers(name), ENDS.get(name, {}))
        go(reader, steps)
        nothing_unknown(sandbox)
