"""What an `up` of the root program says at its end: five lines of what there is, changed or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pulumi

from cube_access.component.access import Access
from cube_access.settings import Settings

HIDDEN = "[secret]"


def tell(access: Access[Any], settings: Settings) -> pulumi.Output[str] | None:
    """Logs it once everything is known. A preview has its plan to show, and is told nothing."""
    if pulumi.runtime.is_dry_run():
        return None
    outputs: list[pulumi.Output[Any]] = [
        access.oauth_app["name"],
        access.service_account["name"],
        access.service_account["credential_expires"],
        access.secret_arn,
        access.service_account["privileges"],
        access.next_steps,
    ]

    async def say(known: list[Any]) -> str:
        # A name that the stack's file has encrypted stays out of the log.
        hidden = [await each.is_secret() for each in outputs]
        shown = [
            HIDDEN if secret else text for text, secret in zip(known[:4], hidden[:4], strict=True)
        ]
        said: list[Any] = [*shown, *(len(each) for each in known[4:])]
        text = summary(settings.warehouse, pulumi.get_stack(), *said)
        pulumi.log.info(text)
        return text

    return pulumi.Output.all(*outputs).apply(say)


def summary(
    warehouse: str,
    stack: str,
    app: str,
    account: str,
    expires: str,
    secret: str,
    privileges: int,
    steps: int,
) -> str:
    """Five lines under a heading.

    Args:
        app: people's OAuth app; empty where they need none.
        expires: when the service account's credential ends, or a sentence.
        secret: the ARN of its secret; empty where nothing is stored.
        privileges: how many the service account holds; 0 where that is not known here.
        steps: how many are left for people.
    """
    holds = f", which holds {privileges} privileges (service_account)" if privileges else ""
    lines = {
        "people": f"sign in through the OAuth app {app}"
        if app
        else "sign in with Cube Cloud's own tokens",
        "Cube": f"signs in as {account}{holds}",
        "credential": f"{expires}; stored: {secret or 'nothing'}",
        "files": f"cube-access env --stack {stack}; cube-access cube-py --stack {stack}",
        "by hand": f"{steps} steps, once: pulumi stack output next_steps --stack {stack}",
    }
    heading = f"Cube's access to {warehouse}, stack {stack}:"
    return "\n".join([heading, *(f"  {key:10}  {text}" for key, text in lines.items())])


def numbered(steps: Sequence[str]) -> str:
    """Steps for people, a number before each: `pulumi stack output` shows a list as JSON."""
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
