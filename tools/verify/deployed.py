"""What a stack applied, and the credential that it stored.

Owns reading both: the configuration and the state by `pulumi`, the credential by boto3. The
credential is in no field that a repr shows, and leaves here only for the sign-in.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from cube_access import settings as stack_settings
from cube_access.settings import Settings, SettingsError

ROOT = Path(__file__).resolve().parents[2]
# A secret of the configuration is not asked for; its place must hold something.
NOT_SHOWN = "not-shown"


class CannotCheckError(Exception):
    """Nothing was verified; the text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Deployed:
    stack: str
    settings: Settings
    outputs: Mapping[str, Any]
    resources: Sequence[Mapping[str, Any]] = field(repr=False)
    """As in the exported state, secrets encrypted."""
    credential: Mapping[str, str] = field(repr=False)
    """The JSON document in Secrets Manager."""

    @property
    def service_account(self) -> str:
        return str(self.outputs["service_account"]["id"])

    def of_type(self, kind: str) -> list[Mapping[str, Any]]:
        """The outputs of the resources of a type, with their ids."""
        return [
            {**each.get("outputs", {}), "id": each.get("id", "")}
            for each in self.resources
            if each["type"] == kind
        ]


def read(stack: str, folder: Path = ROOT) -> Deployed:
    """Everything that a verification needs to know of a stack.

    Raises:
        CannotCheckError: no such stack, never applied, or its credential cannot be read.
    """
    export = _pulumi(folder, "stack", "export", "--stack", stack)
    resources = export["deployment"].get("resources") or []
    stacks = [each for each in resources if each["type"] == "pulumi:pulumi:Stack"]
    outputs: dict[str, Any] = stacks[0].get("outputs", {}) if stacks else {}
    if "service_account" not in outputs:
        raise CannotCheckError(f"stack {stack} has no outputs: run `pulumi up` there first.")
    settings = _settings(stack, _pulumi(folder, "config", "--json", "--stack", stack))
    if not str(outputs["secret_arn"]).startswith("arn:"):
        raise CannotCheckError(
            f"stack {stack} stores no credential (cubeCloudIdentity): only Cube Cloud signs in as "
            "its service account."
        )
    return Deployed(
        stack=stack,
        settings=settings,
        outputs=outputs,
        resources=resources,
        credential=_credential(outputs["secret_arn"], settings),
    )


def require_applied(deployed: Deployed, declared: Sequence[str]) -> None:
    """What the configuration declares must be what was applied.

    Raises:
        CannotCheckError: it was changed since, so a comparison with it would say nothing.
    """
    applied = set(deployed.outputs["service_account"]["privileges"])
    changes = [f"+ {each}" for each in sorted(set(declared) - applied)]
    changes += [f"- {each}" for each in sorted(applied - set(declared))]
    if changes:
        listed = "".join(f"\n  {each}" for each in changes)
        raise CannotCheckError(
            f"the configuration of stack {deployed.stack} is not what was applied:{listed}\n"
            "Run `pulumi up`, or check out the revision that was applied."
        )


def _pulumi(folder: Path, *arguments: str) -> Any:
    path = f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        ["pulumi", *arguments, "--non-interactive"],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it gave no reason"]
        raise CannotCheckError(f"`pulumi {' '.join(arguments)}` failed: {said[-1]}")
    return json.loads(done.stdout)


def _settings(stack: str, config: Mapping[str, Mapping[str, Any]]) -> Settings:
    secret = [key for key, entry in config.items() if entry.get("secret")]
    values = {key: str(entry.get("value", "")) for key, entry in config.items()}
    try:
        return stack_settings.load({**values, **dict.fromkeys(secret, NOT_SHOWN)}, stack, secret)
    except SettingsError as error:
        raise CannotCheckError(str(error)) from None


def _credential(arn: str, settings: Settings) -> Mapping[str, str]:
    session = boto3.Session(
        region_name=settings.aws_region or arn.split(":")[3],
        profile_name=settings.aws_profile or None,
    )
    try:
        answer = session.client("secretsmanager").get_secret_value(SecretId=arn)
        document = json.loads(answer["SecretString"])
    except (BotoCoreError, ClientError) as error:
        raise CannotCheckError(f"the secret {arn} cannot be read: {error}") from None
    except (KeyError, ValueError):
        raise CannotCheckError(
            f"the secret {arn} does not hold the JSON that `pulumi up` wrote: run `pulumi up "
            "--refresh`."
        ) from None
    return dict(document)
