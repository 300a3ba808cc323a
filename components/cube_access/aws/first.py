"""Asks AWS before an `up` makes a service account, whether or not a preview came before.

Owns the hook. What is asked is `preflight.py`'s. A preview asks it by the secret's own check; an
`up` checks the secret once its value is known, and by then the credential is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from cube_access.aws.preflight import TOKEN
from cube_access.lookup import Name, reason

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

        try:
            answer = dict(await pulumi.runtime.invoke_async(TOKEN, arguments, options) or {})
        except Exception as error:
            # Then the secret itself finds out.
            pulumi.log.warn(f"AWS was not asked: {shown(reason(error))}", parent)
            return
        if problem := answer.get("problem"):
            raise pulumi.RunError(
                "the service account is not made, because its credential could not be stored: "
                f"{shown(problem)}"
            )

    hook = pulumi.ResourceHook(f"{name}-store", before)
    return pulumi.ResourceOptions(hooks=pulumi.ResourceHookBinding(before_create=[hook]))
