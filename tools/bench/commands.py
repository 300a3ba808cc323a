"""Seconds and API calls of each command a user runs, on the sandbox, for each warehouse.

Usage: python -m tools.bench.commands

The clouds answer at once here, so the seconds are ours, the engine's and the plugins'; a real `up`
adds its calls' round trips, which is why they are counted.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

from sandbox import Sandbox
from sandbox.journal import Request

ROOT = Path(__file__).resolve().parents[2]
STACKS = ("sandbox-databricks", "sandbox-snowflake")
# Snowflake's whole API is one path for statements and one for signing in.
SNOWFLAKE = {"query-request": "statement", "login-request": "sign-in", "/session": "sign-off"}
PROGRAM = (".venv", "Pulumi.yaml", "__main__.py", "components", "requirements.txt")
COMMANDS = (
    ("preview", "first preview"),
    ("up --yes --skip-preview", "up"),
    ("preview", "preview, nothing changed"),
    ("up --yes --skip-preview", "up, nothing changed"),
    ("refresh --yes --skip-preview", "refresh"),
    ("destroy --yes --skip-preview", "destroy"),
)


def kind(call: Request) -> str:
    return next((name for part, name in SNOWFLAKE.items() if part in call.path), call.method)


def bench(stack: str) -> None:
    with tempfile.TemporaryDirectory() as folder, Sandbox(Path(folder, "sandbox")) as sandbox:
        project = Path(folder, "project")
        project.mkdir()
        for name in PROGRAM:
            (project / name).symlink_to(ROOT / name)
        environment = {
            **sandbox.env,
            "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{sandbox.env['PATH']}",
        }
        # A copy: the engine may write the stack's file.
        shutil.copy(ROOT / f"Pulumi.{stack}.yaml", project)

        def pulumi(command: str) -> float:
            started = time.monotonic()
            subprocess.run(
                ["pulumi", *command.split(), "--stack", stack, "--non-interactive"],
                cwd=project,
                env=environment,
                stdout=subprocess.DEVNULL,
                check=True,
            )
            return time.monotonic() - started

        pulumi("stack init")
        print(f"\n{stack:28}{'seconds':>8}{'API calls':>11}   of which")
        for command, what in COMMANDS:
            sandbox.journal.clear()
            seconds = pulumi(command)
            kinds = Counter(kind(call) for call in sandbox.journal)
            split = ", ".join(f"{count} {name}" for name, count in kinds.most_common())
            print(f"{what:28}{seconds:8.1f}{len(sandbox.journal):11}   {split}", flush=True)


if __name__ == "__main__":
    for each in STACKS:
        bench(each)
