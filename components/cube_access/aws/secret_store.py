"""AWS Secrets Manager through boto3: one secret that holds the service account's credential.

The value is never an output: the stack's state holds it once, as an encrypted input, and a digest
(kept secret too) to tell whether somebody changed it. The secret's life is `lifecycle.py`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal, get_type_hints

import pulumi

from cube_access.provider.definition import (
    ANY,
    NUMBER,
    TEXT,
    TRUTH,
    Definition,
    Property,
    camel,
    map_of,
)
from cube_access.provider.resource import Resource


@dataclass(frozen=True, kw_only=True)
class SecretArgs:
    """What it is to be. Each field is the input of its name, written as the state writes names."""

    name: Annotated[pulumi.Input[str], Property(description="Its name.", replaces=True)]
    value: Annotated[
        pulumi.Output[str], Property(description="The JSON document that it holds.", secret=True)
    ]
    type: Annotated[
        str,
        Property(
            description="AWS's name for the document's shape, by which it can rotate the "
            "credential itself (managed external secret); empty for none."
        ),
    ]
    description: Annotated[str, Property(description="What a person reads in the console.")]
    owner: Annotated[str, Property(description="The stack that it belongs to, kept as a tag.")]
    """No other stack takes it over unasked."""
    service_account: Annotated[
        pulumi.Input[str], Property(description="Whose credential it is, kept as a tag.")
    ]
    """As no other warehouse has it; for the same reason."""
    tags: Annotated[
        Mapping[str, pulumi.Input[str]], Property(description="Further tags.", type=map_of(TEXT))
    ]
    kms_key_id: Annotated[
        pulumi.Input[str],
        Property(
            description="KMS key that encrypts it; empty for the account's aws/secretsmanager."
        ),
    ]
    policy: Annotated[
        Mapping[str, Any],
        Property(description="Resource policy; empty for none.", type=map_of(ANY)),
    ]
    recovery_days: Annotated[
        int,
        Property(
            description="Days in which it can be restored once deleted: 7 to 30, or 0 for none.",
            type=NUMBER,
        ),
    ]
    on_destroy: Annotated[Literal["delete", "keep"], Property(description="delete or keep.")]
    adopt: Annotated[
        bool,
        Property(
            description="Whether to take over a secret that another stack or person made.",
            type=TRUTH,
        ),
    ]
    region: Annotated[
        str, Property(description="AWS region; empty: as boto3 finds it.", replaces=True)
    ]
    profile: Annotated[str, Property(description="AWS profile; empty: as boto3 finds it.")]

    def properties(self) -> dict[str, Any]:
        """By the names that they have in the state."""
        return {camel(each.name): getattr(self, each.name) for each in fields(self)}


# The SDK writes pulumi.Input[T] with a forward reference to Output[T].
_HINTS = get_type_hints(SecretArgs, None, {"Output": pulumi.Output, "T": Any}, include_extras=True)
DEFINITION = Definition(
    module="aws",
    name="Secret",
    description="A secret in AWS Secrets Manager that holds the service account's credential.",
    inputs={camel(name): hint.__metadata__[0] for name, hint in _HINTS.items()},
    outputs={
        "arn": Property(description="Its ARN."),
        # It lets a guess of the value be checked.
        "digest": Property(description="SHA-256 of what it holds.", secret=True),
    },
    kept=frozenset({"arn"}),
    # The inputs hold it already, encrypted.
    dropped=frozenset({"value"}),
)
REMEMBERED = frozenset(DEFINITION.inputs) - DEFINITION.dropped


class Secret(Resource):
    """A secret in AWS Secrets Manager, written by boto3."""

    definition = DEFINITION
    arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: SecretArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, args.properties(), opts)
