"""The secret's life: create, new version on change, settings, restore, delete.

Touches what is ours only: tags of AWS and of others stay, also on a secret that was taken over.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from cube_access.aws import preflight
from cube_access.aws.preflight import DEFAULT_KMS_KEY, described, is_default_key, tag_map
from cube_access.aws.secret_store import DEFINITION, REMEMBERED
from cube_access.aws.session import client, region_of
from cube_access.facts.tags import ACCOUNT_TAG, OWNER_TAG
from cube_access.offline import offline
from cube_access.provider.lifecycle import (
    Diff,
    Failure,
    HalfDoneError,
    Lifecycle,
    ProviderError,
    Values,
)
from cube_access.trouble import told, trouble


class SecretLifecycle(Lifecycle):
    """Makes, writes, restores and deletes it."""

    definition = DEFINITION

    def check(self, olds: Values, news: Values) -> list[Failure]:
        if olds or offline():
            return []  # what is there already, `diff` looks at
        return preflight.of_a_new_one(news, self.voice.warn)

    def diff(self, identifier: str, olds: Values, news: Values) -> Diff:
        changed = sorted(key for key in REMEMBERED if olds.get(key) != news.get(key))
        replaces = [key for key in changed if self._replaces(key) and key != "region"]
        # Where no region is set, the one it was made in stays:
        # another shell's AWS_REGION must not move the secret.
        if news["region"] not in ("", region_of(olds["arn"])):
            replaces.append("region")
        value = news["value"]
        # Not known yet, where the credential is about to be made.
        if not isinstance(value, str) or olds["digest"] != _digest(value):
            changed.append("value")
        # The engine has what replaces it checked as a new one.
        if changed and not replaces and not offline():
            self._require_changeable(identifier, news, key_changes="kmsKeyId" in changed)
        return Diff(changed=changed, replaces=replaces)

    def _require_changeable(self, arn: str, news: Values, *, key_changes: bool) -> None:
        """Raises:
        ProviderError: an update would fail, half-way.
        """
        region = region_of(arn)
        try:
            found = described(client("secretsmanager", news["profile"], region), arn)
        except Exception as error:
            raise ProviderError(told("AWS", trouble(error), f"the secret {arn}")) from error
        if problem := preflight.gone(found, arn):
            raise ProviderError(problem)
        failures = preflight.key_failures(news, region, self.voice.warn) if key_changes else []
        if failures:
            raise ProviderError(failures[0].reason)

    def create(self, inputs: Values) -> tuple[str, Values]:
        secrets = client("secretsmanager", inputs["profile"], inputs["region"])
        existing = described(secrets, inputs["name"])
        if existing is None:
            request = {"KmsKeyId": inputs["kmsKeyId"]} if inputs["kmsKeyId"] else {}
            if inputs["type"]:
                request["Type"] = inputs["type"]
            arn = secrets.create_secret(
                Name=inputs["name"],
                SecretString=inputs["value"],
                Description=inputs["description"],
                Tags=_tag_list(_tags(inputs)),
                **request,
            )["ARN"]
            try:
                _write_policy(secrets, arn, inputs["policy"], had_one=False)
            except Exception:
                # Nobody would know of it: what fails here is not in the stack's state.
                secrets.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
                raise
            return arn, _outputs(arn, inputs)
        if problem := preflight.not_ours(existing, inputs):
            raise ProviderError(problem)
        arn = existing["ARN"]
        if existing.get("DeletedDate"):
            secrets.restore_secret(SecretId=arn)
        try:
            _write(secrets, arn, inputs, kms_changes=bool(inputs["kmsKeyId"]))
        except Exception as error:
            # Taken over in part, and ours from now on: the next apply writes the rest.
            outputs = {**_outputs(arn, inputs), "digest": ""}
            raise HalfDoneError(str(error), identifier=arn, outputs=outputs) from error
        return arn, _outputs(arn, inputs)

    def update(self, arn: str, olds: Values, news: Values) -> Values:
        kms_changes = olds["kmsKeyId"] != news["kmsKeyId"]
        # Ours of before; those of AWS never are.
        stale = [key for key in _tags(olds) if key not in _tags(news) and key[:4] != "aws:"]
        secrets = client("secretsmanager", news["profile"], region_of(arn))
        _write(secrets, arn, news, stale, kms_changes=kms_changes)
        return _outputs(arn, news)

    def read(self, arn: str, outputs: Values) -> Values | None:
        secrets = client("secretsmanager", outputs["profile"], region_of(arn))
        found = described(secrets, arn)
        if found is None or found.get("DeletedDate"):
            return None
        tags = tag_map(found)
        # Others', such as an auto-tagger's, are none of our business.
        declared = (self.inputs or outputs)["tags"]
        live = {
            "description": found.get("Description", ""),
            "owner": tags.get(OWNER_TAG, ""),
            "serviceAccount": tags.get(ACCOUNT_TAG, ""),
            "tags": {key: value for key, value in tags.items() if key in declared},
            "kmsKeyId": _key_of(found, outputs["kmsKeyId"]),
            "policy": _policy(secrets, arn),
            "digest": _live_digest(secrets, arn) or outputs["digest"],
        }
        return {**outputs, **live}

    def delete(self, arn: str, outputs: Values) -> None:
        if outputs["onDestroy"] == "keep":
            return
        secrets = client("secretsmanager", outputs["profile"], region_of(arn))
        found = described(secrets, arn)
        if found is None or found.get("DeletedDate"):
            return  # what was asked for
        if replicas := [each["Region"] for each in found.get("ReplicationStatus") or ()]:
            # AWS deletes none that has copies, and they hold the credential that goes.
            self.voice.warn(
                f"the secret {outputs['name']} goes, and with it its replicas in "
                f"{', '.join(replicas)}, which cannot be restored."
            )
            secrets.remove_regions_from_replication(SecretId=arn, RemoveReplicaRegions=replicas)
        days = int(outputs["recoveryDays"])
        how = {"RecoveryWindowInDays": days} if days else {"ForceDeleteWithoutRecovery": True}
        with suppress(secrets.exceptions.ResourceNotFoundException):
            secrets.delete_secret(SecretId=arn, **how)


def _key_of(found: Mapping[str, Any], declared: str) -> str:
    """The KMS key, as it was declared unless it is another one: AWS answers with the key's ARN
    where an alias was set, and with nothing where it is its own.
    """
    live = str(found.get("KmsKeyId") or "")
    if is_default_key(declared):
        return declared if is_default_key(live) else live
    return "" if is_default_key(live) else declared


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()


def _tags(props: Mapping[str, Any]) -> dict[str, str]:
    ours = {OWNER_TAG: props["owner"], ACCOUNT_TAG: props["serviceAccount"]}
    return {**props["tags"], **ours}


def _tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _current_value(secrets: Any, arn: str) -> str | None:
    try:
        value: str | None = secrets.get_secret_value(SecretId=arn).get("SecretString")
    except secrets.exceptions.ResourceNotFoundException:
        return None  # the secret has no current version
    return value


def _live_digest(secrets: Any, arn: str) -> str:
    """Empty for a previewer, who may not read the value: then a change of it is not seen."""
    try:
        return _digest(_current_value(secrets, arn) or "")
    except secrets.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "AccessDeniedException":
            raise
        return ""


def _policy(secrets: Any, arn: str) -> dict[str, Any]:
    text = secrets.get_resource_policy(SecretId=arn).get("ResourcePolicy")
    return dict(json.loads(text)) if text else {}


def _write_policy(secrets: Any, arn: str, policy: Mapping[str, Any], had_one: bool) -> None:
    if policy:
        # AWS proves that the policy is not public, which a look at its text cannot.
        secrets.put_resource_policy(
            SecretId=arn, ResourcePolicy=json.dumps(policy), BlockPublicPolicy=True
        )
    elif had_one:
        secrets.delete_resource_policy(SecretId=arn)


def _write(
    secrets: Any,
    arn: str,
    props: Mapping[str, Any],
    stale_tags: Iterable[str] = (),
    *,
    kms_changes: bool,
) -> None:
    """Everything that can change in place; the value last, so that a failure leaves the old one."""
    if stale := list(stale_tags):
        secrets.untag_resource(SecretId=arn, TagKeys=stale)
    secrets.tag_resource(SecretId=arn, Tags=_tag_list(_tags(props)))
    _write_policy(secrets, arn, props["policy"], had_one=bool(_policy(secrets, arn)))
    request = {"KmsKeyId": props["kmsKeyId"] or DEFAULT_KMS_KEY} if kms_changes else {}
    if props["type"]:
        request["Type"] = props["type"]
    secrets.update_secret(SecretId=arn, Description=props["description"], **request)
    # A new version only for a new value: each one moves AWSPREVIOUS, by which Cube may roll back.
    if _current_value(secrets, arn) != props["value"]:
        secrets.put_secret_value(SecretId=arn, SecretString=props["value"])


def _outputs(arn: str, props: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: props[key] for key in REMEMBERED}
    return {**kept, "arn": arn, "digest": _digest(props["value"])}
