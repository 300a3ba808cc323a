"""What `make setup-deployment` makes: no development package, and enough for a deployment."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import Sandbox
from tools.engine.packages import RUNTIME_LOCK
from tools.lint import lock
from tools.stacks import ROOT

CONFIG = "policies/starts/development.json"
JUDGED = ["--policy-pack", "policies", "--policy-pack-config", CONFIG]


def checkout(folder: Path) -> None:
    """What a clone of this checkout would hold."""
    names = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0")
    for name in filter(None, names):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    git = ["git", "-c", "user.name=a test", "-c", "user.email=test@example.com"]
    for command in ("init", "add ."), ("commit -m x",):
        for each in command:
            subprocess.run([*git, *each.split()], cwd=folder, check=True, capture_output=True)


@pytest.mark.slow
def test_a_deployment_is_made_with_what_it_needs_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "checkout"
    checkout(folder)
    setup = [sys.executable, "-m", "tools.engine.setup", "--deployment"]
    made = subprocess.run(setup, cwd=folder, capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    assert "node" not in made.stderr

    python = folder / ".venv/bin/python"
    text = subprocess.check_output([python, "-m", "pip", "list", "--format", "json"], text=True)
    installed = {each["name"].lower().replace("_", "-") for each in json.loads(text)}
    assert installed - {"cube-access", "pip", "setuptools"} <= lock.pins(RUNTIME_LOCK).keys()

    with Sandbox(tmp_path / "sandbox") as sandbox:
        deploy(folder, sandbox)


def deploy(folder: Path, sandbox: Sandbox) -> None:
    # No checkout's virtualenv but its own.
    path = os.pathsep.join(
        each for each in sandbox.env["PATH"].split(os.pathsep) if ".venv" not in each
    )
    pulumi, ours = (str(folder / f".venv/bin/{name}") for name in ("pulumi", "cube-access"))
    stack = "sandbox-snowflake"
    for command in (
        [pulumi, "stack", "init", stack],
        [ours, "report", "--stack", stack, "--base", "HEAD", "--policy-config", CONFIG],
        [pulumi, "up", "--yes", "--skip-preview", "--stack", stack, *JUDGED],
        [ours, "verify", "--stack", stack, "--deployer"],
        [ours, "roles", "--stack", stack],
        [ours, "env", "--stack", stack],
    ):
        done = subprocess.run(
            command,
            cwd=folder,
            env={**sandbox.env, "PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}"
