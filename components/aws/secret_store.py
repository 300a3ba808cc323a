"""AWS Secrets Manager through boto3: one secret that holds the service account's credential.

Owns the secret's life: create, new version on change, settings, restore, delete. The value is never an output: the
stack's state holds it once, as an encrypted input, and a digest (kept secret too) to tell whether somebody changed it.
Region, profile, endpoint, retries and credentials follow boto3's conventions (AWS_REGION, AWS_PROFILE, AWS_ENDPOINT_URL,
AWS_MAX_ATTEMPTS, …) wherever the settings do not say otherwise.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

OWNER_TAG = "cube-access:stack"
TIMEOUT_SECONDS = 10  # to connect, each try: botocore's 60 make an unreachable endpoint look like a hang


class SecretStoreError(Exception):
    """The secret cannot be written as asked; the text says why and what to do. Never holds the value."""


@dataclass(frozen=True, kw_only=True)
class SecretArgs:
    name: str
    value: pulumi.Output[str]
    """JSON document. Secret."""
    type: str
    """AWS's name for the document's shape, by which it can rotate the credential itself ("managed external secret")."""
    description: str
    owner: str
    """The stack that the secret belongs to, kept as a tag: no other stack takes it over unasked."""
    tags: Mapping[str, str]
    kms_key_id: str
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


def _client(props: Mapping[str, Any]) -> Any:
    # Imported here: boto3 costs a third of a second, which only a run that touches the secret need pay.
    import boto3
    from botocore.config import Config

    session = boto3.Session(profile_name=props["profile"] or None, region_name=props["region"] or None)
    if session.region_name is None:
        raise SecretStoreError("no AWS region: set cube-access:awsRegion, or AWS_REGION, or a region in the AWS profile")
    return session.client("secretsmanager", config=Config(connect_timeout=TIMEOUT_SECONDS))


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def _tags(props: Mapping[str, Any]) -> dict[str, str]:
    return {**props["tags"], OWNER_TAG: props["owner"]}


def _describe(client: Any, secret_id: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = client.describe_secret(SecretId=secret_id)
    except client.exceptions.ResourceNotFoundException:
        return None
    return found


def _owner(described: Mapping[str, Any]) -> str | None:
    return next((tag["Value"] for tag in described.get("Tags", []) if tag["Key"] == OWNER_TAG), None)


def _write_policy(client: Any, secret_id: str, policy: Mapping[str, Any], had_one: bool) -> None:
    if policy:
        # AWS itself proves that the policy gives nobody unknown access, which a look at its text cannot.
        client.put_resource_policy(SecretId=secret_id, ResourcePolicy=json.dumps(policy), BlockPublicPolicy=True)
    elif had_one:
        client.delete_resource_policy(SecretId=secret_id)


class _SecretProvider(ResourceProvider):
    serialize_as_secret_always = False

    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        replaces = [key for key in ("name", "region", "profile") if olds[key] != news[key]]
        remembered = ("type", "description", "owner", "tags", "kms_key_id", "policy", "recovery_days", "on_destroy", "adopt")
        changed = any(olds[key] != news[key] for key in remembered) or olds["digest"] != _digest(news["value"])
        return DiffResult(changes=bool(replaces) or changed, replaces=replaces, stables=["arn"])

    def create(self, props: dict[str, Any]) -> CreateResult:
        client = _client(props)
        existing = _describe(client, props["name"])
        if existing is None:
            request = {
                "Name": props["name"],
                "SecretString": props["value"],
                "Type": props["type"],
                "Description": props["description"],
                "Tags": [{"Key": key, "Value": value} for key, value in _tags(props).items()],
            }
            if props["kms_key_id"]:
                request["KmsKeyId"] = props["kms_key_id"]
            arn = client.create_secret(**request)["ARN"]
            _write_policy(client, arn, props["policy"], had_one=False)
        else:
            owner = _owner(existing)
            if owner != props["owner"] and not props["adopt"]:
                raise SecretStoreError(
                    f"the secret {props['name']} exists and belongs to {owner or 'something that cube-access did not make'}. Nothing "
                    "was changed. Choose another cube-access:secretName, or set cube-access:adoptSecret to true to take "
                    "it over (its current value becomes the previous version)."
                )
            arn = existing["ARN"]
            if existing.get("DeletedDate"):
                client.restore_secret(SecretId=arn)
            self._write(client, arn, props, old_tags={tag["Key"]: tag["Value"] for tag in existing.get("Tags", [])})
        return CreateResult(arn, self._outputs(arn, props))

    def update(self, arn: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        self._write(_client(news), arn, news, old_tags=_tags(olds))
        return UpdateResult(self._outputs(arn, news))

    def read(self, arn: str, props: dict[str, Any]) -> ReadResult:
        client = _client(props)
        found = _describe(client, arn)
        if found is None or found.get("DeletedDate"):
            return ReadResult("", {})
        try:
            value = client.get_secret_value(SecretId=arn)["SecretString"]
        except (client.exceptions.ResourceNotFoundException, KeyError):
            value = ""  # a secret without a current text value: the next apply writes one
        tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}
        live = {
            "description": found.get("Description", ""),
            "kms_key_id": props["kms_key_id"] if found.get("KmsKeyId") == props["kms_key_id"] else found.get("KmsKeyId", ""),
            "owner": tags.pop(OWNER_TAG, ""),
            "tags": tags,
            "digest": _digest(value),
        }
        return ReadResult(arn, {**props, **live})

    def delete(self, arn: str, props: dict[str, Any]) -> None:
        if props["on_destroy"] == "keep":
            return
        client = _client(props)
        days = props["recovery_days"]
        how = {"RecoveryWindowInDays": days} if days else {"ForceDeleteWithoutRecovery": True}
        try:
            client.delete_secret(SecretId=arn, **how)
        except client.exceptions.ResourceNotFoundException:
            return

    def _write(self, client: Any, arn: str, props: Mapping[str, Any], old_tags: Mapping[str, str]) -> None:
        """Everything that can change in place. The value goes last: a failure before it leaves the old one in use."""
        tags = _tags(props)
        stale = [key for key in old_tags if key not in tags]
        if stale:
            client.untag_resource(SecretId=arn, TagKeys=stale)
        client.tag_resource(SecretId=arn, Tags=[{"Key": key, "Value": value} for key, value in tags.items()])
        _write_policy(client, arn, props["policy"], had_one=True)
        request = {"SecretId": arn, "Description": props["description"]}
        request["KmsKeyId"] = props["kms_key_id"] or "alias/aws/secretsmanager"
        client.update_secret(**request)
        if _current_value(client, arn) != props["value"]:
            client.put_secret_value(SecretId=arn, SecretString=props["value"])

    def _outputs(self, arn: str, props: Mapping[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in props.items() if key not in ("value", "__provider")}
        return {**kept, "arn": arn, "digest": _digest(props["value"])}


def _current_value(client: Any, arn: str) -> str | None:
    try:
        value: str | None = client.get_secret_value(SecretId=arn).get("SecretString")
    except client.exceptions.ResourceNotFoundException:
        return None
    return value


class Secret(Resource, module="aws", name="Secret"):
    """A secret in AWS Secrets Manager, written by boto3."""

    arn: pulumi.Output[str]

    def __init__(self, name: str, args: SecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        properties = {
            "name": args.name,
            "value": pulumi.Output.secret(args.value),
            "type": args.type,
            "description": args.description,
            "owner": args.owner,
            "tags": dict(args.tags),
            "kms_key_id": args.kms_key_id,
            "policy": dict(args.policy),
            "recovery_days": args.recovery_days,
            "on_destroy": args.on_destroy,
            "adopt": args.adopt,
            "region": args.region,
            "profile": args.profile,
            "arn": None,
            "digest": None,
        }
        # A dynamic provider's outputs are not secret by themselves, and a digest lets a guess be checked.
        options = pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(additional_secret_outputs=["value", "digest"])
        )
        super().__init__(_SecretProvider(), name, properties, options)
