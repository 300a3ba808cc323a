"""One stack of the real project on a sandbox, driven by the real engine: for the tests, the fault
campaign and the benchmarks.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from sandbox import Sandbox
from sandbox.faults import Fault
from tools.warm import WarmPython

ROOT = Path(__file__).resolve().parents[1]


def example(name: str) -> dict[str, Any]:
    """The configuration of one of the sandbox's environments."""
    text = (ROOT / f"Pulumi.{name}.yaml").read_text()
    return dict(yaml.safe_load(text)["config"])


def kms_key(alias: str, region: str) -> None:
    """A key of one's own in the sandbox's AWS."""
    kms = boto3.client("kms", region_name=region)
    kms.create_alias(AliasName=alias, TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])


# The policy pack, as a pull request for a development environment runs it.
PACK = (
    *("--policy-pack", str(ROOT / "policies")),
    *("--policy-pack-config", str(ROOT / "policies/starts/development.json")),
)
# A stack's project folder without its neighbours' files: what a checkout has, by links.
PROJECT = ("Pulumi.yaml", "__main__.py", "components", "policies", "requirements.txt")


@functools.cache
def warm_python() -> WarmPython:
    return WarmPython()


@dataclass
class Run:
    """What one command did."""

    code: int
    output: str
    steps: dict[str, list[str]] = field(default_factory=dict)
    """Operation (create, update, replace, delete, …) to the types and names it was done to."""
    changed: dict[str, set[str]] = field(default_factory=dict)
    """The same types and names to the paths of the properties that an update changes."""


class Stack:
    """One stack of the real project, on a sandbox."""

    def __init__(
        self,
        sandbox: Sandbox,
        folder: Path,
        name: str,
        config: dict[str, Any],
        *,
        project: Mapping[str, Path] | None = None,
        begun: Saved | None = None,
        **environment: str,
    ) -> None:
        """Args:
        project: files and folders of another project, by their names in it.
        begun: what a stack of this name has come to elsewhere; without it, it is initialized.
        """
        self.sandbox, self.folder, self.name = sandbox, folder, name
        self.config = dict(config)
        folder.mkdir(parents=True, exist_ok=True)
        for entry, source in (project or {entry: ROOT / entry for entry in PROJECT}).items():
            target = folder / entry
            if not target.exists():
                target.symlink_to(source)
        if not (folder / ".venv").exists():
            warm_python().virtualenv(folder)
        self.environment = {
            **sandbox.env,
            "PATH": f"{ROOT / '.venv/bin'}{os.pathsep}{sandbox.env['PATH']}",
            **environment,
        }
        if begun:
            begun.put_back(self)
            return
        self.write_config()
        assert self.pulumi("stack", "init", name).code == 0

    def set(self, **changes: Any) -> None:
        """Changes keys of the stack's configuration; None removes one."""
        for key, value in changes.items():
            self.config[f"cube-access:{key}"] = value
            if value is None:
                del self.config[f"cube-access:{key}"]
        self.write_config()

    def write_config(self) -> None:
        path = self.config_file
        # The engine keeps the stack's salt in this file, too.
        content = yaml.safe_load(path.read_text()) if path.exists() else {}
        path.write_text(yaml.safe_dump({**content, "config": self.config}))

    @property
    def config_file(self) -> Path:
        return self.folder / f"Pulumi.{self.name}.yaml"

    @property
    def backend(self) -> Path:
        """Where the sandbox's environment has the engine keep its state."""
        return self.sandbox.home / "state"

    def pulumi(self, *arguments: str, **environment: str) -> Run:
        command = ["pulumi", *arguments, "--non-interactive", "--color", "never"]
        if arguments[:2] != ("stack", "init"):
            command += ["--stack", self.name]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        return Run(done.returncode, done.stdout)

    def preview(self, *arguments: str) -> Run:
        """A preview, with its steps read from the engine's own JSON."""
        command = [
            "pulumi",
            "preview",
            "--json",
            *arguments,
            "--non-interactive",
            "--stack",
            self.name,
        ]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        start = done.stdout.find("{\n")
        plan = json.loads(done.stdout[start:]) if start >= 0 else {}
        steps: dict[str, list[str]] = {}
        changed: dict[str, set[str]] = {}
        for step in plan.get("steps", []):
            name = step["urn"].split("::", 2)[2].split("$")[-1]
            if step["op"] not in ("same", "refresh"):
                steps.setdefault(step["op"], []).append(name)
            if step["op"] == "update":
                changed[name] = set(step.get("detailedDiff") or {})
        messages = "\n".join(event["message"] for event in plan.get("diagnostics", []))
        return Run(done.returncode, f"{messages}\n{done.stderr}", steps, changed)

    def killed_at(self, fault: Fault) -> None:
        """The whole session of an `up` ends where the fault holds a call."""
        running = subprocess.Popen(
            ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive", "--stack", self.name],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        assert fault.struck.wait(60), "the update never got that far"
        running.send_signal(signal.SIGKILL)
        running.wait()
        subprocess.run(["pkill", "-KILL", "-s", str(running.pid)], check=False)
        self.sandbox.faults.clear()

    def up(self, *arguments: str, **environment: str) -> Run:
        return self.pulumi("up", "--yes", "--skip-preview", *arguments, **environment)

    def must(self, *arguments: str) -> Run:
        """A command that has to succeed."""
        done = self.pulumi(*arguments)
        assert done.code == 0, done.output
        return done

    def apply(self) -> Run:
        return self.must("up", "--yes", "--skip-preview")

    def outputs(self) -> dict[str, Any]:
        return dict(json.loads(self.must("stack", "output", "--json", "--show-secrets").output))

    def export(self, *arguments: str) -> str:
        return self.must("stack", "export", *arguments).output

    def unchanged(self, *arguments: str) -> None:
        """The preview of an unchanged environment is empty; with --refresh, it looks first."""
        got = self.preview(*arguments)
        assert (got.code, got.steps) == (0, {}), f"{got.steps}\n{got.output}"


class Saved:
    """A stack's state and configuration at one moment, to go on from."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self._config, self._file = dict(stack.config), stack.config_file.read_text()
        self._state = folder
        shutil.copytree(stack.backend, folder)

    def put_back(self, stack: Stack) -> None:
        """In place of all that its backend holds."""
        shutil.rmtree(stack.backend, ignore_errors=True)
        shutil.copytree(self._state, stack.backend)
        stack.config_file.write_text(self._file)
        stack.config = dict(self._config)


def enter(sandbox: Sandbox, patch: pytest.MonkeyPatch) -> None:
    """Lets clients in the test's own process live in the sandbox, too."""
    for name in os.environ.keys() - sandbox.env.keys() - {"PYTEST_CURRENT_TEST"}:
        patch.delenv(name)
    for name, value in sandbox.env.items():
        patch.setenv(name, value)
