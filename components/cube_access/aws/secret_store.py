"""AWS Secrets Manager through boto3: one secret that holds the service account's credential.

The value is never an output: the stack's state holds it once, as an encrypted input, and a digest
(kept secret too) to tell whether somebody changed it. The secret's life is `lifecycle.py`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pulumi

from cube_access.provider.definition import ANY, NUMBER, TEXT, TRUTH, Definition, Property, map_of
from cube_access.provider.resource import Resource


@dataclass(frozen=True, kw_only=True)
class SecretArgs:
    name: pulumi.Input[str]
    value: pulumi.Output[str]
    """JSON document. Secret."""
    type: str
    """AWS's name for the document's shape, by which it can rotate the credential itself ("managed
    external secret"). Empty: it is none of those.
    """
    description: str
    owner: str
    """The stack that the secret belongs to, kept as a tag: no other stack takes it over unasked."""
    service_account: pulumi.Input[str]
    """Whose credential it is, as no other warehouse has it; kept as a tag, for the same reason."""
    tags: Mapping[str, pulumi.Input[str]]
    kms_key_id: pulumi.Input[str]
    """Empty: the account's aws/secretsmanager key."""
    policy: Mapping[str, Any]
    """Resource policy; empty: none."""
    recovery_days: int
    """7 to 30, or 0 to delete at once."""
    on_destroy: Literal["delete", "keep"]
    adopt: bool
    region: str
    profile: str
    """Empty, both: as boto3 finds them."""

    def properties(self) -> dict[str, Any]:
        """By the names that they have in the state."""
        return {
            "name": self.name,
            "value": self.value,
            "type": self.type,
            "description": self.description,
            "owner": self.owner,
            "serviceAccount": self.service_account,
            "tags": dict(self.tags),
            "kmsKeyId": self.kms_key_id,
            "policy": dict(self.policy),
            "recoveryDays": self.recovery_days,
            "onDestroy": self.on_destroy,
            "adopt": self.adopt,
            "region": self.region,
            "profile": self.profile,
        }


DEFINITION = Definition(
    module="aws",
    name="Secret",
    description="A secret in AWS Secrets Manager that holds the service account's credential.",
    inputs={
        "name": Property(description="Its name.", replaces=True),
        "value": Property(description="The JSON document that it holds.", secret=True),
        "type": Property(
            description="AWS's name for the document's shape, by which it can rotate the "
            "credential itself (managed external secret); empty for none."
        ),
        "description": Property(description="What a person reads in the console."),
        "owner": Property(description="The stack that it belongs to, kept as a tag."),
        "serviceAccount": Property(description="Whose credential it is, kept as a tag."),
        "tags": Property(description="Further tags.", type=map_of(TEXT)),
        "kmsKeyId": Property(
            description="KMS key that encrypts it; empty for the account's aws/secretsmanager."
        ),
        "policy": Property(description="Resource policy; empty for none.", type=map_of(ANY)),
        "recoveryDays": Property(
            description="Days in which it can be restored once deleted: 7 to 30, or 0 for none.",
            type=NUMBER,
        ),
        "onDestroy": Property(description="delete or keep."),
        "adopt": Property(
            description="Whether to take over a secret that another stack or person made.",
            type=TRUTH,
        ),
        "region": Property(description="AWS region; empty: as boto3 finds it.", replaces=True),
        "profile": Property(description="AWS profile; empty: as boto3 finds it."),
    },
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
