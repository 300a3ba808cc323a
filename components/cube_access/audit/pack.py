"""The policy pack that judges: where it is, and what it says of itself.

Owns how the pack is asked and run. It is a program of its own, with packages of its own, so nothing
of it is imported: it answers from a process.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cube_access.audit.model import AuditError
from cube_access.stack import path

DESCRIPTION = "rules/describe.py"


@dataclass(frozen=True)
class Pack:
    folder: Path
    config: Path | None
    """Its configuration; None: its own defaults."""
    version: str

    @property
    def called(self) -> str:
        return f"cube-access {self.version}"

    @property
    def configuration(self) -> str:
        """For a reader: no path of this machine."""
        if not self.config:
            return ""
        folder = self.folder.resolve()
        file = self.config.resolve()
        inside = file.is_relative_to(folder)
        return file.relative_to(folder).as_posix() if inside else file.name


def find(program: Path, stack: str, given: Path | None, config: Path | None) -> Pack:
    """As given, or `policies/` beside the program, and in there `config/<stack>.json`.

    Args:
        stack: its last name only.

    Raises:
        AuditError: there is none, or it is another pack.
    """
    folder = given or program / "policies"
    file = folder / "PulumiPolicy.yaml"
    if not file.is_file():
        raise AuditError(
            f"there is no policy pack in {folder}: copy cube-access's folder policies/ beside the "
            "program, or say --pack with its folder."
        )
    if not (folder / DESCRIPTION).is_file():
        raise AuditError(
            f"{folder} has no {DESCRIPTION}: it is another policy pack than cube-access's, or one "
            "that is too old for an audit. Copy policies/ anew, or say --pack with its folder."
        )
    own = folder / f"config/{stack}.json"
    try:
        version = (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).get("version")
    except (OSError, ValueError, AttributeError, yaml.YAMLError):
        raise AuditError(f"{file} cannot be read: copy policies/ anew.") from None
    return Pack(folder, config or (own if own.is_file() else None), f"{version or 'of no version'}")


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Of two entries of a name the engine takes the last, without a word."""
    found = dict(pairs)
    if twice := [name for name, _ in pairs if [each for each, _ in pairs].count(name) > 1]:
        raise ValueError(f"{twice[0]} stands there twice: leave one")
    return found


def described(pack: Pack, types: Sequence[str]) -> Mapping[str, Any]:
    """Each rule, with the level in force and the types that it looks at; exceptions that apply.

    Raises:
        AuditError: the pack does not run, or its configuration is no JSON.
    """
    config: Any = {}
    if pack.config:
        try:
            text = pack.config.read_text(encoding="utf-8")
            config = json.loads(text, object_pairs_hook=_once)
        except (OSError, ValueError) as error:
            raise AuditError(f"{pack.config} cannot be read as JSON: {error}") from None
    if not isinstance(config, dict):
        raise AuditError(f"{pack.config} is no JSON object: see policies/config/schema.json.")
    done = subprocess.run(
        [sys.executable, "-m", "rules.describe"],
        cwd=pack.folder,
        env={**os.environ, "PATH": path()},
        input=json.dumps({"types": list(types), "config": config}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it gave no reason"]
        raise AuditError(
            f"the policy pack in {pack.folder} does not run with {sys.executable}: {said[-1]}. It "
            "needs the packages of its README: pip install pulumi-policy cryptography"
        )
    found: Mapping[str, Any] = json.loads(done.stdout)
    return found
