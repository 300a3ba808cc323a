"""The policies that are written for AWS, proved on the secret's own provider: real boto3 calls of
its whole life, which need every action, and without any one of them are refused.

Not through the engine: its `up` with these policies is in the warehouses' tests.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from cube_access.aws import lifecycle, preflight, session
from cube_access.aws.lifecycle import SecretLifecycle
from cube_access.aws.secret_store import SecretArgs
from cube_access.provider.lifecycle import HalfDoneError
from cube_access.provider.voice import Voice
from cube_access.roles import aws
from cube_access.settings import Settings
from sandbox import Sandbox
from tests.components.roles.test_files import settings
from tools.stacks import enter

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
KEY = "11111111-1111-4111-8111-111111111111"
ALL = {"secretKmsKeyId": KEY, "secretPolicy": POLICY, "secretRecoveryDays": 7}


@pytest.fixture(scope="module")
def clouds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    folder = tmp_path_factory.mktemp("aws")
    with Sandbox(folder / "sandbox") as running, pytest.MonkeyPatch.context() as patch:
        enter(running, patch)
        # The same client for all: making one takes longer than all its calls here.
        cached = functools.cache(session.client)
        for module in (lifecycle, preflight):
            patch.setattr(module, "client", cached)
        yield running


@pytest.fixture(scope="module")
def key(clouds: Sandbox) -> str:
    """A key of one's own. Only whoever owns the account may make one."""
    made = boto3.client("kms", region_name="eu-central-1").create_key()
    return str(made["KeyMetadata"]["KeyId"])


@pytest.fixture
def everything(request: pytest.FixtureRequest, key: str) -> Settings:
    """All that is optional, under a name of the test's own."""
    name = "".join(c if c.isalnum() else "-" for c in request.node.name)
    found: Settings = settings(
        "sandbox-databricks", secretName=f"cube-access/{name}", **{**ALL, "secretKmsKeyId": key}
    )
    return found


def properties(chosen: Settings, **changes: Any) -> dict[str, Any]:
    args = SecretArgs(
        name=chosen.secret_name,
        value="{}",  # type: ignore[arg-type] # the engine has resolved it by then
        type="DatabricksSPSecret",
        description="",
        owner="organization/cube-access/dev",
        service_account="one",
        tags={"team": "bi"},
        kms_key_id=chosen.secret_kms_key_id,
        policy=chosen.secret_policy,
        recovery_days=chosen.secret_recovery_days,
        on_destroy=chosen.secret_on_destroy,
        adopt=False,
        region=chosen.aws_region,
        profile="",
    )
    return {**args.properties(), **changes}


class NotLookedAtError(Exception):
    """A warning that something was not looked at."""


class Strict(Voice):
    def warn(self, text: str) -> None:
        if "not looked at" in text:
            raise NotLookedAtError(text)


def replicate(chosen: Settings, arn: str) -> None:
    """By somebody else."""
    other = boto3.client(
        "secretsmanager",
        region_name=chosen.aws_region,
        aws_access_key_id="somebody",
        aws_secret_access_key="else",
    )
    other.replicate_secret_to_regions(SecretId=arn, AddReplicaRegions=[{"Region": "eu-west-1"}])


def life(chosen: Settings) -> None:
    """Looked for, made, refreshed, changed in each way, put back, deleted, restored, and deleted
    again.
    """
    provider = SecretLifecycle(voice=Strict())
    provider.check({}, properties(chosen))
    before = properties(chosen, kmsKeyId="")
    arn, _ = provider.create(before)
    replicate(chosen, arn)
    steps: list[dict[str, Any]] = [{"value": '{"a": 1}'}, {"tags": {}, "policy": {}}]
    for changes in steps:
        after = properties(chosen, **changes)
        provider.update(arn, before, after)
        before = after
    provider.read(arn, {**before, "digest": ""})
    provider.delete(arn, before)
    provider.create(properties(chosen))
    provider.delete(arn, before)


def without(policy: dict[str, Any], action: str) -> dict[str, Any]:
    less = copy.deepcopy(policy)
    for statement in less["Statement"]:
        statement["Action"] = [each for each in statement["Action"] if each != action]
    return less


def actions() -> list[str]:
    policy = aws.deployer(settings("sandbox-databricks", **ALL))
    return [action for statement in policy["Statement"] for action in statement["Action"]]


def test_the_deployers_policy_is_enough_for_a_secrets_whole_life(
    clouds: Sandbox, everything: Settings
) -> None:
    clouds.aws.iam.restrict("sandbox", aws.deployer(everything))
    life(everything)


@pytest.mark.parametrize("action", actions())
def test_each_action_taken_away_breaks_it(
    clouds: Sandbox, everything: Settings, action: str
) -> None:
    clouds.aws.iam.restrict("sandbox", without(aws.deployer(everything), action))
    refused = (ClientError, HalfDoneError, NotLookedAtError)
    with pytest.raises(refused, match=f"not authorized to perform: {action} "):
        life(everything)


def test_another_secret_is_out_of_reach(clouds: Sandbox, everything: Settings) -> None:
    clouds.aws.iam.restrict("sandbox", aws.deployer(everything))
    other = properties(everything, name=f"{everything.secret_name}-other")
    with pytest.raises(ClientError, match="not authorized"):
        SecretLifecycle().create(other)


def test_the_previewer_looks_and_learns_no_value(clouds: Sandbox, everything: Settings) -> None:
    clouds.aws.iam.restrict("sandbox", aws.deployer(everything))
    provider, props = SecretLifecycle(), properties(everything)
    arn, _ = provider.create(props)

    clouds.aws.iam.restrict("sandbox", aws.previewer(everything))
    seen = provider.read(arn, {**props, "digest": "as known"})
    assert seen is not None
    assert (seen["digest"], seen["tags"]) == ("as known", {"team": "bi"})
    with pytest.raises(ClientError, match="GetSecretValue"):
        boto3.client("secretsmanager").get_secret_value(SecretId=arn)


@pytest.mark.parametrize("change", ["update", "delete", "create"])
def test_the_previewer_can_change_nothing(
    clouds: Sandbox, everything: Settings, change: str
) -> None:
    clouds.aws.iam.restrict("sandbox", aws.deployer(everything))
    provider, props = SecretLifecycle(), properties(everything)
    arn, _ = provider.create(props)

    clouds.aws.iam.restrict("sandbox", aws.previewer(everything))
    doing: dict[str, Callable[[], object]] = {
        "update": lambda: provider.update(arn, props, {**props, "value": '{"a": 1}'}),
        "delete": lambda: provider.delete(arn, props),
        "create": lambda: provider.create({**props, "name": f"{everything.secret_name}-2"}),
    }
    with pytest.raises(ClientError, match="not authorized"):
        doing[change]()
