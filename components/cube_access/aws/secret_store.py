"""AWS Secrets Manager through boto3: one secret that holds the service account's credential.

Owns the secret's life: create, new version on change, settings, restore, delete. The value is never
an output: the stack's state holds it once, as an encrypted input, and a digest (kept secret too) to
tell whether somebody changed it. Region, profile, endpoint, retries and credentials follow boto3's
conventions (AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL, AWS_MAX_ATTEMPTS, …) wherever the settings
do not say otherwise.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import pulumi

from cube_access.aws.tags import ACCOUNT_TAG, OWNER_TAG
from cube_access.provider.definition import ANY, NUMBER, TEXT, TRUTH, Definition, Property, map_of
from cube_access.provider.lifecycle import (
    Diff,
    HalfDoneError,
    Lifecycle,
    ProviderError,
    Values,
)
from cube_access.provider.resource import Resource

DEFAULT_KMS_KEY = "alias/aws/secretsmanager"
# To connect, each try: with botocore's 60 an unreachable endpoint looks like a hang.
TIMEOUT_SECONDS = 10


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


class SecretLifecycle(Lifecycle):
    """Makes, writes, restores and deletes it."""

    definition = DEFINITION

    def diff(self, identifier: str, olds: Values, news: Values) -> Diff:
        changed = sorted(key for key in REMEMBERED if olds.get(key) != news.get(key))
        replaces = [key for key in changed if key == "name"]
        # Where no region is set, the one it was made in stays:
        # another shell's AWS_REGION must not move the secret.
        if news["region"] not in ("", _region(olds["arn"])):
            replaces.append("region")
        value = news["value"]
        # Not known yet, where the credential is about to be made.
        if not isinstance(value, str) or olds["digest"] != _digest(value):
            changed.append("value")
        return Diff(changed=changed, replaces=replaces)

    def create(self, inputs: Values) -> tuple[str, Values]:
        client = _client(inputs["profile"], inputs["region"])
        existing = _describe(client, inputs["name"])
        if existing is None:
            request = {"KmsKeyId": inputs["kmsKeyId"]} if inputs["kmsKeyId"] else {}
            if inputs["type"]:
                request["Type"] = inputs["type"]
            arn = client.create_secret(
                Name=inputs["name"],
                SecretString=inputs["value"],
                Description=inputs["description"],
                Tags=_tag_list(_tags(inputs)),
                **request,
            )["ARN"]
            try:
                _write_policy(client, arn, inputs["policy"], had_one=False)
            except Exception:
                # Nobody would know of it: what fails here is not in the stack's state.
                client.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
                raise
            return arn, _outputs(arn, inputs)
        found = _tag_map(existing)
        if not _is_ours(existing, inputs) and not inputs["adopt"]:
            owner = found.get(OWNER_TAG, "something that cube-access did not make")
            if owner == inputs["owner"]:
                owner = f"{owner} of another state backend"
            raise ProviderError(
                f"the secret {inputs['name']} exists and belongs to {owner}. Nothing was changed. "
                "Choose another secretName, or set adoptSecret to true to "
                "take it over (its current value becomes the previous version)."
            )
        arn = existing["ARN"]
        if existing.get("DeletedDate"):
            client.restore_secret(SecretId=arn)
        try:
            _write(client, arn, inputs, found, kms_changes=bool(inputs["kmsKeyId"]))
        except Exception as error:
            # Taken over in part, and ours from now on: the next apply writes the rest.
            outputs = {**_outputs(arn, inputs), "digest": ""}
            raise HalfDoneError(str(error), identifier=arn, outputs=outputs) from error
        return arn, _outputs(arn, inputs)

    def update(self, arn: str, olds: Values, news: Values) -> Values:
        kms_changes = olds["kmsKeyId"] != news["kmsKeyId"]
        _write(
            _client(news["profile"], _region(arn)), arn, news, _tags(olds), kms_changes=kms_changes
        )
        return _outputs(arn, news)

    def read(self, arn: str, outputs: Values) -> Values | None:
        client = _client(outputs["profile"], _region(arn))
        found = _describe(client, arn)
        if found is None or found.get("DeletedDate"):
            return None
        tags = _tag_map(found)
        live = {
            "description": found.get("Description", ""),
            "owner": tags.pop(OWNER_TAG, ""),
            "serviceAccount": tags.pop(ACCOUNT_TAG, ""),
            "tags": tags,
            # AWS answers with the key's ARN where an alias was set, so only its absence is drift.
            "kmsKeyId": outputs["kmsKeyId"] if found.get("KmsKeyId") else "",
            "policy": _policy(client, arn),
            "digest": _live_digest(client, arn) or outputs["digest"],
        }
        return {**outputs, **live}

    def delete(self, arn: str, outputs: Values) -> None:
        if outputs["onDestroy"] == "keep":
            return
        client = _client(outputs["profile"], _region(arn))
        days = int(outputs["recoveryDays"])
        how = {"RecoveryWindowInDays": days} if days else {"ForceDeleteWithoutRecovery": True}
        # Gone already is what was asked for.
        with suppress(client.exceptions.ResourceNotFoundException):
            client.delete_secret(SecretId=arn, **how)


def _client(profile: str, region: str) -> Any:
    # Imported here: boto3 costs a third of a second, which an unchanged preview need not pay.
    import boto3
    from botocore.config import Config

    session = boto3.Session(profile_name=profile or None, region_name=region or None)
    if session.region_name is None:
        raise ProviderError(
            "no AWS region: set awsRegion, or AWS_REGION, or a region in the AWS profile"
        )
    return session.client("secretsmanager", config=Config(connect_timeout=TIMEOUT_SECONDS))


def _region(arn: str) -> str:
    return arn.split(":")[3]


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def _tags(props: Mapping[str, Any]) -> dict[str, str]:
    ours = {OWNER_TAG: props["owner"], ACCOUNT_TAG: props["serviceAccount"]}
    return {**props["tags"], **ours}


def _is_ours(described: Mapping[str, Any], props: Mapping[str, Any]) -> bool:
    """Made by this stack: for this service account, or deleted since, with the one before."""
    tags = _tag_map(described)
    return tags.get(OWNER_TAG) == props["owner"] and (
        "DeletedDate" in described or tags.get(ACCOUNT_TAG) == props["serviceAccount"]
    )


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _tag_map(described: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in described.get("Tags", [])}


def _describe(client: Any, secret_id: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = client.describe_secret(SecretId=secret_id)
    except client.exceptions.ResourceNotFoundException:
        return None
    return found


def _current_value(client: Any, arn: str) -> str | None:
    try:
        value: str | None = client.get_secret_value(SecretId=arn).get("SecretString")
    except client.exceptions.ResourceNotFoundException:
        return None  # the secret has no current version
    return value


def _live_digest(client: Any, arn: str) -> str:
    """Empty for a previewer, who may not read the value: then a change of it is not seen."""
    try:
        return _digest(_current_value(client, arn) or "")
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "AccessDeniedException":
            raise
        return ""


def _policy(client: Any, arn: str) -> dict[str, Any]:
    text = client.get_resource_policy(SecretId=arn).get("ResourcePolicy")
    return dict(json.loads(text)) if text else {}


def _write_policy(client: Any, arn: str, policy: Mapping[str, Any], had_one: bool) -> None:
    if policy:
        # AWS proves that the policy is not public, which a look at its text cannot.
        client.put_resource_policy(
            SecretId=arn, ResourcePolicy=json.dumps(policy), BlockPublicPolicy=True
        )
    elif had_one:
        client.delete_resource_policy(SecretId=arn)


def _write(
    client: Any,
    arn: str,
    props: Mapping[str, Any],
    old_tags: Mapping[str, str],
    *,
    kms_changes: bool,
) -> None:
    """Everything that can change in place; the value last, so that a failure leaves the old one."""
    tags = _tags(props)
    if stale := [key for key in old_tags if key not in tags]:
        client.untag_resource(SecretId=arn, TagKeys=stale)
    client.tag_resource(SecretId=arn, Tags=_tag_list(tags))
    _write_policy(client, arn, props["policy"], had_one=bool(_policy(client, arn)))
    request = {"KmsKeyId": props["kmsKeyId"] or DEFAULT_KMS_KEY} if kms_changes else {}
    if props["type"]:
        request["Type"] = props["type"]
    client.update_secret(SecretId=arn, Description=props["description"], **request)
    # A new version only for a new value: each one moves AWSPREVIOUS, by which Cube may roll back.
    if _current_value(client, arn) != props["value"]:
        client.put_secret_value(SecretId=arn, SecretString=props["value"])


def _outputs(arn: str, props: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: props[key] for key in REMEMBERED}
    return {**kept, "arn": arn, "digest": _digest(props["value"])}


class Secret(Resource):
    """A secret in AWS Secrets Manager, written by boto3."""

    definition = DEFINITION
    arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: SecretArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, args.properties(), opts)
