"""AWS by moto, through the proxy, with real boto3."""

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from sandbox import Sandbox


def test_a_secret_makes_the_round_trip(sandbox: Sandbox):
    client = boto3.client("secretsmanager")
    arn = client.create_secret(Name="cube/dev", SecretString="one")["ARN"]
    client.put_secret_value(SecretId=arn, SecretString="two")
    assert client.get_secret_value(SecretId="cube/dev")["SecretString"] == "two"
    client.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        client.get_secret_value(SecretId=arn)
    host = "secretsmanager.eu-central-1.amazonaws.com"
    assert [r.path for r in sandbox.journal.calls(host=host)][:2] == [
        "/secretsmanager.CreateSecret",
        "/secretsmanager.PutSecretValue",
    ]


def test_each_sandbox_starts_without_secrets(sandbox: Sandbox):
    assert boto3.client("secretsmanager").list_secrets()["SecretList"] == []


def test_sts_and_kms_answer(sandbox: Sandbox):
    assert boto3.client("sts").get_caller_identity()["Account"] == "123456789012"
    kms = boto3.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"


def test_a_store_write_can_be_made_to_fail(sandbox: Sandbox):
    body = {"__type": "AccessDeniedException", "message": "no"}
    sandbox.faults.add(path="secretsmanager.CreateSecret", status=400, body=body)
    with pytest.raises(ClientError, match="AccessDeniedException"):
        boto3.client("secretsmanager").create_secret(Name="a", SecretString="b")


def test_another_aws_service_is_not_emulated(sandbox: Sandbox):
    with pytest.raises(ResponseParserError, match="not emulated"):
        boto3.client("iam").list_users()
