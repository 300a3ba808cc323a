"""What AWS is asked before anything is changed: whether the secret's name is free or
ours, and whether the KMS key can be used.

AWS comes last in an `up`: what it refuses then leaves a service account with a live credential that
is stored nowhere. So a preview asks it first, if the secret is about to be made or changed; of an
unchanged one it asks nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from threading import Event
from typing import Any

from cube_access.aws.session import client
from cube_access.facts.tags import ACCOUNT_TAG, OWNER_TAG
from cube_access.provider.lifecycle import Failure, ProviderError, SignIn, Values
from cube_access.provider.values import UNKNOWN
from cube_access.trouble import told, trouble

TOKEN = "cube-access:aws:lookUp"  # noqa: S105 - a function's name
DEFAULT_KMS_KEY = "alias/aws/secretsmanager"
# A network may lead to Secrets Manager only: KMS is then reached by AWS itself.
KMS_TRIES = 2


def is_default_key(key: str) -> bool:
    """Whether a KMS key is the account's aws/secretsmanager, however it is written. AWS leaves it
    away where it describes a secret.
    """
    return not key or key.endswith(DEFAULT_KMS_KEY)


def of_a_new_one(inputs: Values, warn: Callable[[str], None]) -> list[Failure]:
    """Why a secret could not be made of these inputs, which may be unknown in part."""
    name = inputs["name"]
    if UNKNOWN in (name, inputs["profile"], inputs["region"]):
        return []
    try:
        found = described(client("secretsmanager", inputs["profile"], inputs["region"]), name)
    except ProviderError as error:
        return [Failure("region", str(error))]
    except Exception as error:
        return [Failure("name", told("AWS", trouble(error), f"the secret {name}"))]
    if found is not None and (problem := not_ours(found, inputs)):
        return [Failure("name", problem)]
    return key_failures(inputs, inputs["region"], warn)


def look_up(arguments: Values, sign_in: SignIn, cancelled: Event) -> Values:
    """Why a secret could not be stored whose service account is yet to be made: `problem`, empty if
    nothing speaks against it.

    Args:
        arguments: the secret's name, owner, kmsKeyId, adopt, region and profile; and as
            serviceAccount whose it may be: empty for nobody's, left out for that of any stack of
            this name.
    """
    asked = {**arguments, "serviceAccount": arguments.get("serviceAccount")}
    # Of what cannot be looked at, the secret's own check warns.
    failures = of_a_new_one(asked, lambda _: None)
    return {"problem": "; ".join(each.reason for each in failures)}


def key_failures(inputs: Values, region: str, warn: Callable[[str], None]) -> list[Failure]:
    """Why the KMS key could not encrypt the secret. What cannot be looked at is warned of: a
    deployer needs no right to describe the key, and no way to KMS.
    """
    key = inputs["kmsKeyId"]
    if not isinstance(key, str) or is_default_key(key):
        return []
    try:
        kms = client("kms", inputs["profile"], region, tries=KMS_TRIES)
        about = kms.describe_key(KeyId=key)["KeyMetadata"]
    except Exception as error:
        found = trouble(error)
        if found.kind == "not there":
            return [Failure("kmsKeyId", f"there is no KMS key {key} in {region_said(region)}")]
        warn(f"the KMS key {key} was not looked at: {told('AWS', found, f'the key {key}')}")
        return []
    if about.get("KeyState") not in (None, "Enabled"):
        return [Failure("kmsKeyId", f"the KMS key {key} is {about['KeyState']}, not Enabled")]
    if about.get("KeySpec", "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT":
        spec = about["KeySpec"]
        return [
            Failure(
                "kmsKeyId", f"the KMS key {key} is {spec}: Secrets Manager wants a symmetric one"
            )
        ]
    return []


def region_said(region: str) -> str:
    return region or "the region that boto3 finds"


def gone(found: Mapping[str, Any] | None, name: str) -> str:
    """Why what the state has for the secret cannot be changed; empty if it can."""
    if found is None:
        return (
            f"the secret {name} is gone from AWS. Run the command with --refresh: then it is made "
            "anew."
        )
    if found.get("DeletedDate"):
        return (
            f"the secret {name} is scheduled for deletion. Run the command with --refresh: then it "
            "is restored."
        )
    return ""


def described(secrets: Any, secret_id: str) -> dict[str, Any] | None:
    """What AWS says of a secret; None if there is none."""
    try:
        found: dict[str, Any] = secrets.describe_secret(SecretId=secret_id)
    except secrets.exceptions.ResourceNotFoundException:
        return None
    return found


def not_ours(found: Mapping[str, Any], inputs: Mapping[str, Any]) -> str:
    """Why an existing secret is not taken; empty if it is this stack's, or may be taken over.

    Args:
        inputs: with None as serviceAccount where that is yet to be made: then it is not compared.
    """
    tags = tag_map(found)
    ours = tags.get(OWNER_TAG) == inputs["owner"] and (
        # Deleted since, with the service account of then; or of the same one.
        bool(found.get("DeletedDate")) or inputs["serviceAccount"] in (None, tags.get(ACCOUNT_TAG))
    )
    if ours or inputs["adopt"]:
        return ""
    owner = tags.get(OWNER_TAG, "something that cube-access did not make")
    if owner == inputs["owner"]:
        # A service account that is yet to be made has no secret.
        owner = f"{owner} of another state backend, or of an earlier life of this stack"
    return (
        f"the secret {inputs['name']} exists and belongs to {owner}. "
        "Choose another secretName, or set adoptSecret to true to "
        "take it over (its current value becomes the previous version)."
    )


def tag_map(found: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}
