"""The secret's life in AWS, through the real engine and moto's server."""

from __future__ import annotations

import json
from collections.abc import Callable

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox import Sandbox
from tools.stacks import Stack

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:role/cube"},
            "Action": "secretsmanager:GetSecretValue",
            "Resource": "*",
        }
    ],
}


def test_its_settings_change_in_place(applied_copy: Stack) -> None:
    client = boto3.client("secretsmanager")
    key = boto3.client("kms").create_key()["KeyMetadata"]["Arn"]
    stack = applied_copy
    arn = stack.outputs()["secret_arn"]
    version = client.get_secret_value(SecretId=arn)["VersionId"]

    stack.set(tags={"team": "bi", "cost": "42"}, secretKmsKeyId=key, secretPolicy=POLICY)
    stack.apply()
    found = client.describe_secret(SecretId=arn)
    tags = {tag["Key"]: tag["Value"] for tag in found["Tags"]}
    assert tags == {
        "team": "bi",
        "cost": "42",
        "cube-access:stack": "organization/cube-access/dev",
        "cube-access:service-account": stack.outputs()["service_account"]["id"],
    }
    assert found["KmsKeyId"] == key
    assert json.loads(client.get_resource_policy(SecretId=arn)["ResourcePolicy"]) == POLICY
    stack.unchanged("--refresh")

    stack.set(tags={}, secretKmsKeyId=None, secretPolicy={})
    stack.apply()
    tags = {tag["Key"]: tag["Value"] for tag in client.describe_secret(SecretId=arn)["Tags"]}
    assert set(tags) == {"cube-access:stack", "cube-access:service-account"}
    assert "ResourcePolicy" not in client.get_resource_policy(SecretId=arn)
    assert client.get_secret_value(SecretId=arn)["VersionId"] == version, "no new version unasked"
    assert stack.outputs()["secret_arn"] == arn


def test_it_is_restored_when_the_environment_comes_back_within_the_window(
    make_stack: Callable[..., Stack],
) -> None:
    client = boto3.client("secretsmanager")
    stack = make_stack(secretRecoveryDays=7)
    stack.apply()
    arn = stack.outputs()["secret_arn"]
    stack.must("destroy", "--yes", "--skip-preview")
    assert client.describe_secret(SecretId=arn)["DeletedDate"]
    stack.apply()
    assert stack.outputs()["secret_arn"] == arn
    value = json.loads(client.get_secret_value(SecretId=arn)["SecretString"])
    assert value["clientId"] == stack.outputs()["service_account"]["id"]


def test_it_can_be_kept(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack(secretOnDestroy="keep")
    stack.apply()
    arn = stack.outputs()["secret_arn"]
    stack.must("destroy", "--yes", "--skip-preview")
    assert "DeletedDate" not in boto3.client("secretsmanager").describe_secret(SecretId=arn)


def test_a_new_name_moves_it(applied_copy: Stack) -> None:
    stack = applied_copy
    stack.set(secretName="elsewhere/cube")
    stack.apply()
    client = boto3.client("secretsmanager")
    assert [each["Name"] for each in client.list_secrets()["SecretList"]] == ["elsewhere/cube"]
    stack.unchanged()


def test_another_shells_region_does_not_move_it(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack(awsRegion=None)
    stack.apply()
    stack.environment["AWS_DEFAULT_REGION"] = "us-east-1"
    stack.unchanged("--refresh")
    stack.must("destroy", "--yes", "--skip-preview")
    assert boto3.client("secretsmanager").list_secrets()["SecretList"] == []


def test_without_any_region_it_says_so(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack(awsRegion=None)
    del stack.environment["AWS_DEFAULT_REGION"]
    got = stack.up()
    assert got.code != 0
    assert "no AWS region: set awsRegion" in got.output
    assert "Traceback" not in got.output


def test_a_store_that_refuses_loses_nothing(stack: Stack, sandbox: Sandbox) -> None:
    """The credential exists, its copy in the store does not: the next up writes it."""
    denied = {"__type": "AccessDeniedException", "Message": "not authorized to CreateSecret"}
    sandbox.faults.add(path="CreateSecret", status=400, body=denied, times=1)
    got = stack.up()
    assert got.code != 0
    assert "not authorized to CreateSecret" in got.output
    assert "Traceback" not in got.output
    with pytest.raises(ClientError):
        boto3.client("secretsmanager").describe_secret(SecretId="cube-access/cube-dev")
    stack.apply()
    arn = stack.outputs()["secret_arn"]
    value = json.loads(
        boto3.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    )
    secret = stack.outputs()["cube_env"]["CUBE_SERVICE_DATABRICKS_CLIENT_SECRET"]
    assert value["clientSecret"] == secret
    assert len(sandbox.journal.calls(method="POST", path="/credentials/secrets$")) == 1
