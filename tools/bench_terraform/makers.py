"""Who makes the access: this package, Terraform, and a flat program of Pulumi's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tools.bench_terraform import plugins
from tools.bench_terraform.worlds import World
from tools.engine.cache import ROOT, cache_folder

HERE = Path(__file__).parent
PHASES = ("plan", "apply", "no change", "no change, refresh", "destroy")
PLAN, APPLY, UNCHANGED, REFRESHED, DESTROY = PHASES


class Maker(ABC):
    """One of the three, in a folder of its own.

    Args:
        parallel: how many resources at once, the same for all three.
    """

    label: str
    COMMANDS: ClassVar[Mapping[str, str]]
    """The arguments of each phase's command."""
    CHANGES_FOUND = 0
    """What the command of REFRESHED ends with."""

    def __init__(
        self, world: World, folder: Path, env: Mapping[str, str], *, parallel: int
    ) -> None:
        self.folder = folder
        path = f"{ROOT / '.venv/bin'}{os.pathsep}{env['PATH']}"
        self.env = {**env, "PATH": path, **self._environment()}
        self._parallel = parallel
        folder.mkdir(parents=True)
        self._prepare(world)

    def command(self, phase: str) -> list[str]:
        return [self._program(), *self.COMMANDS[phase].split(), *self._options(phase)]

    def expected(self, phase: str) -> int:
        """The exit code."""
        return self.CHANGES_FOUND if phase == REFRESHED else 0

    @staticmethod
    def report(output: str) -> list[str]:
        """The lines that tell of changes, of what a command said."""
        return output.splitlines()

    @abstractmethod
    def _program(self) -> str: ...

    @abstractmethod
    def _options(self, phase: str) -> list[str]: ...

    @abstractmethod
    def _prepare(self, world: World) -> None:
        """Writes what the commands need into the folder."""

    def _environment(self) -> dict[str, str]:
        return {}


class _Pulumi(Maker):
    COMMANDS: ClassVar[Mapping[str, str]] = {
        PLAN: "preview",
        APPLY: "up --yes --skip-preview",
        UNCHANGED: "preview --expect-no-changes",
        REFRESHED: "preview --refresh --diff",
        DESTROY: "destroy --yes --skip-preview",
    }
    STACK = "bench"

    @staticmethod
    def report(output: str) -> list[str]:
        # Of a map that changed it shows all entries; those that did not have no sign before them.
        signs = ("+", "-", "~", "[urn=")
        return [line for line in output.splitlines() if line.lstrip().startswith(signs)]

    def _program(self) -> str:
        return "pulumi"

    def _options(self, phase: str) -> list[str]:
        where = ["--stack", self.STACK, "--non-interactive", "--color", "never"]
        return [*where, "--parallel", str(self._parallel)]

    def _link(self, files: Mapping[str, Path], config: Mapping[str, object]) -> None:
        for name, target in files.items():
            (self.folder / name).symlink_to(target)
        (self.folder / f"Pulumi.{self.STACK}.yaml").write_text(yaml.safe_dump({"config": config}))
        subprocess.run(
            ["pulumi", "stack", "init", self.STACK, "--non-interactive"],
            cwd=self.folder,
            env=self.env,
            stdout=subprocess.DEVNULL,
            check=True,
        )


class Ours(_Pulumi):
    label = "ours"

    def _prepare(self, world: World) -> None:
        config = yaml.safe_load((ROOT / f"Pulumi.{world.stack}.yaml").read_text())["config"]
        config.pop("cube-access:tables")
        config["cube-access:schemas"] = world.schemas
        config["cube-access:name"] = world.name.lower().replace("_", "-")
        names = (".venv", "Pulumi.yaml", "__main__.py", "components", "requirements.txt")
        self._link({name: ROOT / name for name in names}, config)


class Flat(_Pulumi):
    label = "flat"

    def _prepare(self, world: World) -> None:
        program = HERE / "flat" / type(world).__name__.lower()
        files = {".venv": ROOT / ".venv", **{each.name: each for each in program.iterdir()}}
        config = {"flat:name": world.name, "flat:schemas": world.schemas}
        self._link(files, config)


class Terraform(Maker):
    label = "Terraform"
    COMMANDS: ClassVar[Mapping[str, str]] = {
        PLAN: "plan",
        APPLY: "apply -auto-approve",
        UNCHANGED: "plan -refresh=false -detailed-exitcode",
        REFRESHED: "plan -detailed-exitcode",
        DESTROY: "destroy -auto-approve",
    }
    CHANGES_FOUND = 2

    @staticmethod
    def report(output: str) -> list[str]:
        # It names all that it looks at, changed or not.
        return [line for line in output.splitlines() if ": Refreshing state..." not in line]

    def _program(self) -> str:
        return plugins.terraform()

    def _options(self, phase: str) -> list[str]:
        return ["-input=false", "-no-color", f"-parallelism={self._parallel}"]

    def _environment(self) -> dict[str, str]:
        return {
            "TF_CLI_CONFIG_FILE": str(self.folder / "cli.tfrc"),
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
        }

    def _prepare(self, world: World) -> None:
        program = HERE / "terraform" / type(world).__name__.lower() / "main.tf"
        shutil.copy(program, self.folder)
        variables: dict[str, object] = {"name": world.name, "schemas": world.schemas}
        if "public_key" in program.read_text():
            variables["public_key"] = _public_key()
        (self.folder / "terraform.tfvars.json").write_text(json.dumps(variables))
        built = plugins.built(cache_folder())
        (self.folder / "cli.tfrc").write_text(plugins.cli_configuration(built))


def _public_key() -> str:
    """As Snowflake keeps it. The private half is thrown away: nothing signs in with it."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048).public_key()
    pem = key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return "".join(pem.decode().splitlines()[1:-1])


MAKERS: dict[str, type[Maker]] = {each.label: each for each in (Ours, Terraform, Flat)}
