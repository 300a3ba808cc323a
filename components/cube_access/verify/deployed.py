"""What a stack applied, and the credential that it stored.

Owns what a verification knows beforehand: the declaration and the state by `stack.py`, the
credential by boto3. The credential is in no field that a repr shows, and leaves here only for the
sign-in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from cube_access import stack as stacks
from cube_access.declared import settings_from
from cube_access.explained import ExplainedError
from cube_access.settings import Settings


class CannotCheckError(ExplainedError):
    """Nothing was verified; the text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Deployed:
    stack: str
    component: str
    """Its name in the program."""
    settings: Settings
    """As they were applied."""
    service_account: str
    """The warehouse's id of it."""
    privileges: frozenset[str]
    """As the last `up` wrote them down."""
    resources: Sequence[Mapping[str, Any]] = field(repr=False)
    """Of the component, as in the exported state, secrets encrypted."""
    credential: Mapping[str, str] = field(repr=False)
    """The JSON document in Secrets Manager; empty if it was not asked for, or none is stored."""

    def of_type(self, kind: str) -> list[Mapping[str, Any]]:
        """The outputs of the resources of a type, with their ids."""
        return [
            {**each.get("outputs", {}), "id": each.get("id", "")}
            for each in self.resources
            if each["type"] == kind
        ]


def read(
    stack: str, folder: Path, component: str = "", *, credential: bool | None = True
) -> Deployed:
    """Everything that a verification needs to know of a stack.

    Args:
        folder: of the program, whichever that is.
        component: which of our components in there; empty where there is one only.
        credential: whether to read what the service account signs in with. None: if there is one.

    Raises:
        ExplainedError: no such stack or component, never applied, or its credential cannot be read.
    """
    found = stacks.component(folder, stack, component)
    settings = settings_from(found.outputs["declaration"])
    arn = str(found.outputs.get("secretArn") or "")
    if credential and not arn:
        raise CannotCheckError(
            f"{found.described} stores no credential (cubeCloudIdentity): only Cube Cloud signs in "
            "as its service account."
        )
    account = found.outputs["serviceAccount"]
    return Deployed(
        stack=stack,
        component=found.name,
        settings=settings,
        service_account=str(account["id"]),
        privileges=frozenset(account["privileges"]),
        resources=found.children,
        credential=_credential(arn, settings) if arn and credential is not False else {},
    )


def require_applied(deployed: Deployed, declared: Sequence[str]) -> None:
    """What the declaration means here must be what was granted.

    Raises:
        CannotCheckError: another version of the package reads it otherwise, so a comparison with it
            would say nothing.
    """
    changes = [f"+ {each}" for each in sorted(set(declared) - deployed.privileges)]
    changes += [f"- {each}" for each in sorted(deployed.privileges - set(declared))]
    if changes:
        listed = "".join(f"\n  {each}" for each in changes)
        raise CannotCheckError(
            "this version of cube-access would grant otherwise than the one that applied stack "
            f"{deployed.stack}:{listed}\nRun `pulumi up` with it, or verify with the other one."
        )


def _credential(arn: str, settings: Settings) -> Mapping[str, str]:
    try:
        session = boto3.Session(
            region_name=settings.aws_region or arn.split(":")[3],
            profile_name=settings.aws_profile or None,
        )
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
