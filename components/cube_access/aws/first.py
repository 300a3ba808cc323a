"""Asks AWS before an `up` makes a service account, whether or not a preview came before.

Owns the hook. What is asked is `preflight.py`'s. A preview asks it by the secret's own check; an
`up` checks the secret once its value is known, and by then the credential is there.

A secret of this stack's name may be that of a stack in another state backend. Only the state tells:
a stack whose service account is made anew has the secret in there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from cube_access import stack
from cube_access.aws.preflight import TOKEN
from cube_access.aws.secret_store import DEFINITION
from cube_access.lookup import Name, reason
from cube_access.provider.sdk import stack_name

TYPES = frozenset(
    {
        "databricks:index/servicePrincipal:ServicePrincipal",
        "snowflake:index/serviceUser:ServiceUser",
    }
)
"""The plugins' types of service accounts."""


def asked_first(
    name: str, secret: Mapping[str, pulumi.Input[Any]], parent: pulumi.Resource
) -> pulumi.ResourceOptions:
    """Options of a service account, by which it is not made where AWS says beforehand that its
    credential cannot be stored.

    Args:
        name: of its resource.
        secret: the secret's properties, of those that are known before there is a credential.
        parent: the component.
    """

    async def before(args: pulumi.ResourceHookArgs) -> None:
        names = {key: await Name.of(pulumi.Output.from_input(secret[key])) for key in secret}
        if any(each.text is None for each in names.values()):
            return
        arguments = {key: each.text for key, each in names.items()}
        options = pulumi.InvokeOptions(parent=parent)

        def shown(text: str) -> str:
            for each in names.values():
                text = each.hide(text)
            return text

        async def asked(**more: str) -> str:
            sent = {**arguments, **more}
            answer = await pulumi.runtime.invoke_async(TOKEN, sent, options) or {}
            return str(answer.get("problem") or "")

        try:
            problem = await asked(serviceAccount="")
            name = str(arguments["name"])
            ours = await asyncio.to_thread(_is_in_the_state, name) if problem else False
            if ours:
                problem = await asked()
        except Exception as error:
            # Then the secret itself finds out.
            pulumi.log.warn(f"AWS was not asked: {shown(reason(error))}", parent)
            return
        if problem:
            raise pulumi.RunError(
                "the service account is not made, because its credential could not be stored: "
                f"{shown(problem)}"
            )

    hook = pulumi.ResourceHook(f"{name}-store", before)
    return pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(before_create=[hook]))


def _is_in_the_state(name: str) -> bool:
    """Whether this stack has the secret. Where its state cannot be read, too: then `create` finds
    out.
    """
    try:
        states = stack.states(Path(), stack_name())
    except stack.StackError as error:
        pulumi.log.warn(f"the stack's state cannot be read: {error}")
        return True
    names = [each["inputs"].get("name") for each in states if each["type"] == DEFINITION.token]
    # Where the name is secret, the state shows a sign in its place.
    return any(each == name or not isinstance(each, str) for each in names)
