"""Identity policies of AWS: which access key may do what.

moto leaves out the Resource and Condition of a policy, and what Secrets Manager does with a KMS key
in its caller's name. Keys that nobody restricted may do everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

ACCOUNT = "123456789012"  # moto's
CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/")
# What is checked on the customer's own key, besides the call itself.
WRITES = ("kms:GenerateDataKey", "kms:Decrypt")
ON_THE_KEY = {
    "CreateSecret": WRITES,
    "PutSecretValue": WRITES,
    "GetSecretValue": ("kms:Decrypt",),
}

# What KMS calls itself in a request.
KMS = "TrentService."

Policy = Mapping[str, Any]


class Iam:
    def __init__(self) -> None:
        self._policies: dict[str, Policy] = {}

    def restrict(self, access_key: str, policy: Policy) -> None:
        """From now on requests signed with this key need what the policy allows."""
        self._policies[access_key] = policy

    def refusal(self, authorization: str, target: str, body: Mapping[str, Any]) -> str:
        """Why a call of Secrets Manager or KMS is refused, in AWS's words; empty if it is not."""
        signed = CREDENTIAL.search(authorization)
        policy = self._policies.get(signed[1]) if signed else None
        if signed is None or policy is None:
            return ""
        region, operation = signed[2], target.partition(".")[2]
        asks = needed_of_kms if target.startswith(KMS) else needed
        for action, resource, context in asks(operation, body, region):
            if not allows(policy, action, resource, context):
                who = f"arn:aws:iam::{ACCOUNT}:user/{signed[1]}"
                return (
                    f"User: {who} is not authorized to perform: {action} on resource: {resource} "
                    f"because no identity-based policy allows the {action} action"
                )
        return ""


def region_of(authorization: str) -> str:
    signed = CREDENTIAL.search(authorization)
    return signed[2] if signed else ""


def wrong_value(target: str, body: Mapping[str, Any], region: str) -> tuple[str, str] | None:
    """What moto takes and AWS does not: an error's type and words."""
    for tag in listed(body.get("Tags") or []):
        if str(tag.get("Key") or tag.get("TagKey") or "").lower().startswith("aws:"):
            kind = "TagException" if target.startswith(KMS) else "InvalidParameterException"
            return kind, "aws: prefixed tag key names are not allowed for external use."
    key = str(body.get("KmsKeyId") or "")
    secrets = target.startswith("secretsmanager.")
    if secrets and key and not key.startswith("alias/aws/") and not is_key(key, region):
        return "EncryptionFailure", f"There is no enabled KMS key {key} in {region}."
    return None


def is_key(name: str, region: str) -> bool:
    """Whether moto has it: an id, an alias, or the ARN of either."""
    from moto.kms.models import kms_backends

    backend = kms_backends[ACCOUNT][region]
    plain = backend.get_alias_name(name)
    alias = backend.get_key_id_from_alias(plain) if plain.startswith("alias/") else plain
    key = backend.keys.get(backend.get_key_id(alias or ""))
    return bool(key and key.enabled)


def needed(
    operation: str, body: Mapping[str, Any], region: str
) -> Iterable[tuple[str, str, Policy]]:
    """Every action with its resource and the conditions' values."""
    arn = secret_arn(str(body.get("SecretId") or body.get("Name") or ""), region)
    yield f"secretsmanager:{operation}", arn, {}
    if operation == "CreateSecret" and body.get("Tags"):
        yield "secretsmanager:TagResource", arn, {}
    actions = ON_THE_KEY.get(operation, ())
    key = body.get("KmsKeyId") or key_of(str(body.get("SecretId") or ""), region)
    if operation == "UpdateSecret" and body.get("KmsKeyId"):
        actions = (*WRITES, "kms:Encrypt")
    if not key or str(key).startswith("alias/aws/"):
        return
    context = {
        "kms:ViaService": f"secretsmanager.{region}.amazonaws.com",
        "kms:ResourceAliases": str(key) if str(key).startswith("alias/") else "",
    }
    resource = str(key) if str(key).startswith("arn:") else key_arn(str(key), region)
    for action in actions:
        yield action, resource, context


def needed_of_kms(
    operation: str, body: Mapping[str, Any], region: str
) -> Iterable[tuple[str, str, Policy]]:
    """Of a call to KMS itself."""
    key = str(body.get("KeyId") or "")
    context = {"kms:ResourceAliases": key if key.startswith("alias/") else ""}
    resource = key if key.startswith("arn:") else key_arn(key, region)
    yield f"kms:{operation}", resource, context


def secret_arn(name: str, region: str) -> str:
    if name.startswith("arn:"):
        return name
    return f"arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:{name}-AbCdEf"


def key_arn(key: str, region: str) -> str:
    # An alias stands for a key whose id does not matter here.
    key_id = "00000000-0000-4000-8000-000000000000" if key.startswith("alias/") else key
    return f"arn:aws:kms:{region}:{ACCOUNT}:key/{key_id}"


def key_of(secret_id: str, region: str) -> str:
    """Of a secret that exists; moto has it by name and by ARN."""
    from moto.secretsmanager.models import secretsmanager_backends

    found = secretsmanager_backends[ACCOUNT][region].secrets.get(secret_id)
    return str(getattr(found, "kms_key_id", None) or "")


def allows(policy: Policy, action: str, resource: str, context: Policy) -> bool:
    """By an Allow that no Deny takes back."""
    effects = {
        statement["Effect"]
        for statement in policy["Statement"]
        if any(fnmatchcase(action, pattern) for pattern in listed(statement["Action"]))
        and any(fnmatchcase(resource, pattern) for pattern in listed(statement["Resource"]))
        and all(
            holds(operator, values, context)
            for operator, values in statement.get("Condition", {}).items()
        )
    }
    return effects == {"Allow"}


def holds(operator: str, values: Mapping[str, Any], context: Policy) -> bool:
    if operator not in ("StringEquals", "StringLike", "ForAnyValue:StringEquals"):
        raise NotImplementedError(f"IAM condition {operator}")
    return all(
        any(
            fnmatchcase(str(context.get(key, "")), pattern)
            if operator == "StringLike"
            else context.get(key, "") == pattern
            for pattern in listed(patterns)
        )
        for key, patterns in values.items()
    )


def listed(value: Any) -> list[Any]:
    return [value] if isinstance(value, str) else list(value)
