"""Rights in AWS: identity policies for the one secret that the program keeps.

Not the state backend's: where the state is, is no part of a stack's configuration
(docs/environments.md).
"""

from __future__ import annotations

from typing import Any

from cube_access.settings import Settings

Policy = dict[str, Any]
# All that a look at the secret takes, before a change and at a refresh. Its value is not among it.
LOOKS = ("DescribeSecret", "GetResourcePolicy")
# What every `up` may do, whatever the settings: somebody may have changed tags, policy or value.
KEEPS = (
    "CreateSecret",
    "DeleteResourcePolicy",
    "GetSecretValue",
    "PutSecretValue",
    "TagResource",
    "UntagResource",
    "UpdateSecret",
)


def deployer(settings: Settings) -> Policy:
    """For `up`, refresh, rotation and destroy."""
    actions = {*LOOKS, *KEEPS}
    if settings.secret_policy:
        # A policy that AWS refuses takes the new secret along.
        actions |= {"PutResourcePolicy", "DeleteSecret"}
    if settings.secret_on_destroy == "delete":  # noqa: S105 - what to do, no secret
        # Deleted with its replicas, if somebody has made some.
        actions |= {"DeleteSecret", "RemoveRegionsFromReplication"}
        if settings.secret_recovery_days:
            actions |= {"RestoreSecret"}
    statements = [_statement("Secret", actions, settings)]
    if settings.secret_kms_key_id:
        statements += [_key_statement(settings), _key_look(settings)]
    return {"Version": "2012-10-17", "Statement": statements}


def previewer(settings: Settings) -> Policy:
    """For a preview that refreshes, makes the secret or changes it. Others call nothing in AWS."""
    statements = [_statement("Secret", LOOKS, settings)]
    if settings.secret_kms_key_id:
        statements.append(_key_look(settings))
    return {"Version": "2012-10-17", "Statement": statements}


def _statement(sid: str, actions: Any, settings: Settings) -> Policy:
    # Secrets Manager puts six characters behind the name. The account is the identity's own: a
    # secret in another would have to let it in by itself.
    arn = f"{_prefix('secretsmanager', settings)}:secret:{settings.secret_name}-??????"
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Action": sorted(f"secretsmanager:{action}" for action in actions),
        "Resource": arn,
    }


def _key_statement(settings: Settings) -> Policy:
    """Secrets Manager uses a key of your own in the caller's name, and only through itself."""
    region = settings.aws_region or "*"
    resource, condition = _key(settings)
    condition["StringLike"] = {"kms:ViaService": f"secretsmanager.{region}.amazonaws.com*"}
    return {
        "Sid": "KeyOfTheSecret",
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
        "Resource": resource,
        "Condition": condition,
    }


def _key_look(settings: Settings) -> Policy:
    """Whether there is such a key, and whether it is enabled, is asked of KMS itself."""
    resource, condition = _key(settings)
    statement = {
        "Sid": "LookAtTheKey",
        "Effect": "Allow",
        "Action": ["kms:DescribeKey"],
        "Resource": resource,
    }
    return {**statement, "Condition": condition} if condition else statement


def _key(settings: Settings) -> tuple[str, Policy]:
    """The key as a resource, and under which condition it is that one."""
    key = settings.secret_kms_key_id
    alias = key.rpartition(":")[2] if key.rpartition(":")[2].startswith("alias/") else ""
    if alias:  # IAM knows keys by their ids only
        condition = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": alias}}
        return f"{_prefix('kms', settings)}:key/*", condition
    return key if key.startswith("arn:") else f"{_prefix('kms', settings)}:key/{key}", {}


def _prefix(service: str, settings: Settings) -> str:
    region = settings.aws_region
    partitions = {"cn": "aws-cn", "us-gov": "aws-us-gov"}
    partition = next(
        (p for start, p in partitions.items() if region.startswith(f"{start}-")), "aws"
    )
    return f"arn:{partition if region else '*'}:{service}:{region or '*'}:*"
