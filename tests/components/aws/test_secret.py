"""The secret's life, on moto: what is asked before anything is changed, and that what belongs to
others stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cube_access.aws.lifecycle import SecretLifecycle
from cube_access.offline import VARIABLE
from cube_access.provider.lifecycle import ProviderError
from cube_access.provider.values import UNKNOWN
from tests.helpers import Heard

REGION = "eu-central-1"
INPUTS: dict[str, Any] = {
    "name": "cube-access/dev",
    "value": '{"token": "planted"}',
    "type": "",
    "description": "Service account",
    "owner": "organization/cube-access/dev",
    "serviceAccount": "sp-1",
    "tags": {"team": "bi"},
    "kmsKeyId": "",
    "policy": {},
    "recoveryDays": 7,
    "onDestroy": "delete",
    "adopt": False,
    "region": REGION,
    "profile": "",
}
FOREIGN = {"aws:cloudformation:stack-name": "theirs", "auto:created-by": "alice"}


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", VARIABLE):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield boto3.client("secretsmanager", region_name=REGION)


@pytest.fixture
def secret() -> SecretLifecycle:
    return SecretLifecycle(voice=Heard())


def tags_of(aws: Any, arn: str) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in aws.describe_secret(SecretId=arn)["Tags"]}


def reasons(secret: SecretLifecycle, **changes: Any) -> list[str]:
    found = secret.check({}, {**INPUTS, **changes})
    return [f"{each.property}: {each.reason}" for each in found]


def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every call from now on, by its name."""
    from botocore.client import BaseClient

    made: list[str] = []
    real = BaseClient._make_api_call  # type: ignore[attr-defined]

    def counted(self: Any, operation: str, arguments: Any) -> Any:
        made.append(operation)
        return real(self, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", counted)
    return made


class TestBeforeItIsMade:
    def test_a_free_name_is_fine_and_asks_once(
        self, secret: SecretLifecycle, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = calls(monkeypatch)
        assert reasons(secret, value=UNKNOWN, serviceAccount=UNKNOWN) == []
        assert made == ["DescribeSecret"]

    def test_offline_nobody_is_asked(
        self, secret: SecretLifecycle, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv(VARIABLE, "1")
        made = calls(monkeypatch)
        assert reasons(secret, profile="nobody") == []
        assert made == []

    def test_no_credentials(self, secret: SecretLifecycle, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.delenv(name)
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
        monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
        (said,) = reasons(secret)
        assert said == (
            "name: AWS: the deployer cannot sign in (Unable to locate credentials). Set "
            "AWS_PROFILE (or awsProfile), or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and "
            "AWS_REGION (or awsRegion); `aws sts get-caller-identity` shows who that is."
        )

    def test_no_region(self, secret: SecretLifecycle) -> None:
        (said,) = reasons(secret, region="")
        assert said.startswith("region: no AWS region: set awsRegion, or AWS_REGION")

    def test_a_missing_profile(self, secret: SecretLifecycle) -> None:
        (said,) = reasons(secret, profile="prd")
        assert "the deployer cannot sign in" in said
        assert "(The config profile (prd) could not be found). Correct awsProfile" in said

    def test_a_name_that_another_has(self, secret: SecretLifecycle, aws: Any) -> None:
        aws.create_secret(Name=INPUTS["name"], SecretString="theirs")
        (said,) = reasons(secret, serviceAccount=UNKNOWN)
        assert "exists and belongs to something that cube-access did not make" in said
        assert "Choose another secretName, or set adoptSecret to true" in said
        assert reasons(secret, adopt=True) == []

    def test_a_name_that_an_earlier_life_of_the_stack_has(self, secret: SecretLifecycle) -> None:
        secret.create(INPUTS)
        assert reasons(secret) == [], "a leftover of its own is taken up again"
        (said,) = reasons(secret, serviceAccount=UNKNOWN)
        assert "another state backend, or of an earlier life of this stack" in said

    def test_one_that_is_to_be_deleted_is_restored(self, secret: SecretLifecycle, aws: Any) -> None:
        arn, outputs = secret.create(INPUTS)
        secret.delete(arn, outputs)
        assert reasons(secret, serviceAccount=UNKNOWN) == []
        assert reasons(secret, owner="organization/cube-access/prod") != []
        assert secret.create({**INPUTS, "serviceAccount": "sp-2"})[0] == arn

    def test_a_wrong_kms_key(self, secret: SecretLifecycle) -> None:
        assert reasons(secret, kmsKeyId="alias/cube") == [
            "kmsKeyId: there is no KMS key alias/cube in eu-central-1"
        ]

    def test_a_kms_key_that_is_off_or_of_another_kind(self, secret: SecretLifecycle) -> None:
        kms = boto3.client("kms", region_name=REGION)
        off = kms.create_key()["KeyMetadata"]["KeyId"]
        kms.disable_key(KeyId=off)
        rsa = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]
        assert f"the KMS key {off} is Disabled, not Enabled" in reasons(secret, kmsKeyId=off)[0]
        (said,) = reasons(secret, kmsKeyId=rsa["KeyId"])
        assert "is RSA_2048: Secrets Manager wants a symmetric one" in said

    def test_a_kms_key_that_is_fine_costs_one_question_more(
        self, secret: SecretLifecycle, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kms = boto3.client("kms", region_name=REGION)
        key = kms.create_key()["KeyMetadata"]["Arn"]
        kms.create_alias(AliasName="alias/cube", TargetKeyId=key)
        made = calls(monkeypatch)
        assert reasons(secret, kmsKeyId="alias/cube") == []
        assert made == ["DescribeSecret", "DescribeKey"]
        assert reasons(secret, kmsKeyId="alias/aws/secretsmanager") == []

    def test_a_kms_key_that_may_not_be_looked_at_is_warned_of(
        self, secret: SecretLifecycle, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from botocore.client import BaseClient
        from botocore.exceptions import ClientError

        real = BaseClient._make_api_call  # type: ignore[attr-defined]

        def refused(self: Any, operation: str, arguments: Any) -> Any:
            if operation == "DescribeKey":
                said = {"Code": "AccessDeniedException", "Message": "not authorized: DescribeKey"}
                raise ClientError({"Error": said}, operation)
            return real(self, operation, arguments)

        monkeypatch.setattr(BaseClient, "_make_api_call", refused)
        assert reasons(secret, kmsKeyId="alias/cube") == []
        (warning,) = secret.voice.warnings  # type: ignore[attr-defined]
        assert warning.startswith("the KMS key alias/cube was not looked at: ")
        assert "lacks a right" in warning


class TestOnceItIsThere:
    def test_an_unchanged_one_asks_nothing(
        self, secret: SecretLifecycle, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        arn, outputs = secret.create(INPUTS)
        made = calls(monkeypatch)
        assert secret.check(INPUTS, INPUTS) == []
        found = secret.diff(arn, outputs, INPUTS)
        assert (found.changed, found.replaces, made) == ([], [], [])

    @pytest.mark.parametrize("change", [{"value": UNKNOWN}, {"description": "another"}])
    def test_a_change_asks_once(
        self, secret: SecretLifecycle, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
    ) -> None:
        arn, outputs = secret.create(INPUTS)
        made = calls(monkeypatch)
        assert secret.diff(arn, outputs, {**INPUTS, **change}).changed == [*change]
        assert made == ["DescribeSecret"]

    def test_a_change_of_one_that_is_gone_is_refused_before_it(
        self, secret: SecretLifecycle, aws: Any
    ) -> None:
        arn, outputs = secret.create(INPUTS)
        rotated = {**INPUTS, "value": UNKNOWN}
        aws.delete_secret(SecretId=arn, RecoveryWindowInDays=7)
        with pytest.raises(ProviderError, match="scheduled for deletion"):
            secret.diff(arn, outputs, rotated)
        aws.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
        with pytest.raises(ProviderError, match="is gone from AWS"):
            secret.diff(arn, outputs, rotated)

    def test_another_key_is_looked_at(self, secret: SecretLifecycle) -> None:
        arn, outputs = secret.create(INPUTS)
        with pytest.raises(ProviderError, match="there is no KMS key alias/cube in eu-central-1"):
            secret.diff(arn, outputs, {**INPUTS, "kmsKeyId": "alias/cube"})

    @pytest.mark.parametrize("declared", ["", "alias/aws/secretsmanager"])
    @pytest.mark.parametrize("told", [None, "alias/aws/secretsmanager"])
    def test_the_accounts_own_key_does_not_drift(
        self,
        secret: SecretLifecycle,
        monkeypatch: pytest.MonkeyPatch,
        declared: str,
        told: str | None,
    ) -> None:
        """AWS leaves it away where it describes a secret."""
        inputs = {**INPUTS, "kmsKeyId": declared}
        arn, outputs = secret.create(inputs)
        describe(monkeypatch, KmsKeyId=told)
        read = secret.read(arn, outputs)
        assert read is not None
        assert secret.diff(arn, read, inputs).changed == []

    def test_another_key_by_hand_does(
        self, secret: SecretLifecycle, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        arn, outputs = secret.create(INPUTS)
        describe(monkeypatch, KmsKeyId="arn:aws:kms:eu-central-1:123456789012:key/theirs")
        read = secret.read(arn, outputs)
        assert read is not None
        assert secret.diff(arn, read, INPUTS).changed == ["kmsKeyId"]


class TestOthers:
    def test_taking_over_leaves_their_tags(self, secret: SecretLifecycle, aws: Any) -> None:
        tags = [{"Key": key, "Value": value} for key, value in FOREIGN.items()]
        arn = aws.create_secret(Name=INPUTS["name"], SecretString="theirs", Tags=tags)["ARN"]
        secret.create({**INPUTS, "adopt": True})
        assert tags_of(aws, arn) == {
            **FOREIGN,
            "team": "bi",
            "cube-access:stack": INPUTS["owner"],
            "cube-access:service-account": "sp-1",
        }

    def test_a_refresh_and_an_up_leave_an_auto_taggers(
        self, secret: SecretLifecycle, aws: Any
    ) -> None:
        arn, outputs = secret.create(INPUTS)
        aws.tag_resource(
            SecretId=arn, Tags=[{"Key": key, "Value": value} for key, value in FOREIGN.items()]
        )
        read = secret.read(arn, outputs)
        assert read is not None
        assert secret.diff(arn, read, INPUTS).changed == [], "theirs are no drift"
        secret.update(arn, read, {**INPUTS, "tags": {"cost": "42"}})
        assert FOREIGN.items() <= tags_of(aws, arn).items()
        assert "team" not in tags_of(aws, arn), "ours of before goes"

    def test_a_state_that_has_theirs_does_not_touch_those_of_aws(
        self, secret: SecretLifecycle, aws: Any
    ) -> None:
        """As an earlier version wrote it at a refresh."""
        arn, outputs = secret.create(INPUTS)
        theirs = {"aws:cloudformation:stack-name": "theirs"}
        aws.tag_resource(
            SecretId=arn, Tags=[{"Key": key, "Value": value} for key, value in theirs.items()]
        )
        secret.update(arn, {**outputs, "tags": {**INPUTS["tags"], **theirs}}, INPUTS)
        assert theirs.items() <= tags_of(aws, arn).items()

    def test_a_tag_of_ours_that_went_is_put_back(self, secret: SecretLifecycle, aws: Any) -> None:
        arn, outputs = secret.create(INPUTS)
        aws.untag_resource(SecretId=arn, TagKeys=["team"])
        read = secret.read(arn, outputs)
        assert read is not None
        assert secret.diff(arn, read, INPUTS).changed == ["tags"]

    def test_a_replicated_one_goes_with_its_replicas_and_says_so(
        self, secret: SecretLifecycle, aws: Any
    ) -> None:
        arn, outputs = secret.create(INPUTS)
        aws.replicate_secret_to_regions(
            SecretId=arn, AddReplicaRegions=[{"Region": "eu-west-1"}, {"Region": "us-east-1"}]
        )
        secret.delete(arn, outputs)
        assert aws.describe_secret(SecretId=arn)["DeletedDate"]
        there = boto3.client("secretsmanager", region_name="eu-west-1")
        assert there.list_secrets()["SecretList"] == []
        (warning,) = secret.voice.warnings  # type: ignore[attr-defined]
        assert "its replicas in eu-west-1, us-east-1, which cannot be restored" in warning

    @pytest.mark.parametrize("force", [False, True])
    def test_one_that_is_deleted_already_is_no_error(
        self, secret: SecretLifecycle, aws: Any, force: bool
    ) -> None:
        arn, outputs = secret.create(INPUTS)
        how = {"ForceDeleteWithoutRecovery": True} if force else {"RecoveryWindowInDays": 7}
        aws.delete_secret(SecretId=arn, **how)
        secret.delete(arn, outputs)


def describe(monkeypatch: pytest.MonkeyPatch, **answer: Any) -> None:
    """From now on AWS describes a secret so; None: says nothing of it."""
    from botocore.client import BaseClient

    real = BaseClient._make_api_call  # type: ignore[attr-defined]

    def answered(self: Any, operation: str, arguments: Any) -> Any:
        found = real(self, operation, arguments)
        if operation == "DescribeSecret":
            found.update(answer)
            found = {key: value for key, value in found.items() if value is not None}
        return found

    monkeypatch.setattr(BaseClient, "_make_api_call", answered)
