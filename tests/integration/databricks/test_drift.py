"""What other people change by hand, and what is theirs to keep."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import boto3

from sandbox import Sandbox
from sandbox.databricks.world import ACCOUNT_ID, ALICE, BOB, WAREHOUSE_ID
from tools.stacks import Stack

ACL = f"/permissions/(sql/)?warehouses/{WAREHOUSE_ID}"


def refreshed(stack: Stack) -> dict[str, list[str]]:
    """What a preview finds once it has looked at the clouds, by operation and resource name."""
    stack.must("refresh", "--yes", "--skip-preview")
    got = stack.preview()
    assert got.code == 0, got.output
    return {op: sorted(name.split("::")[-1] for name in names) for op, names in got.steps.items()}


def test_a_refresh_finds_what_was_changed_by_hand_and_up_mends_it(
    applied_copy: Stack, sandbox: Sandbox
) -> None:
    stack, clouds = applied_copy, sandbox.databricks
    principal, arn = stack.outputs()["service_account"]["id"], stack.outputs()["secret_arn"]
    robot = clouds.directory.named(principal)
    assert robot is not None
    schema, shared = clouds.unity.get("schema", "main.sales"), clouds.warehouses.all[WAREHOUSE_ID]
    (app,) = clouds.access.integrations.values()
    client = boto3.client("secretsmanager")

    clouds.unity.revoke("schema", "main.sales", principal, "SELECT")
    del shared.acl[principal]
    app.settings["redirect_urls"] = ["https://evil.example.com/cb"]
    client.put_secret_value(SecretId=arn, SecretString='{"by": "hand"}')
    assert refreshed(stack) == {
        "create": ["cube-use-service-account"],
        "update": ["cube-oauth-app", "cube-read-main.sales", "cube-secret"],
    }
    stack.apply()
    assert clouds.unity.holds(robot, "SELECT", schema)
    assert shared.acl[principal] == "CAN_USE"
    assert app.settings["redirect_urls"] == ["https://example.cubecloud.dev/oauth/callback"]
    value = json.loads(client.get_secret_value(SecretId=arn)["SecretString"])
    assert value["clientId"] == principal

    clouds.unity.grant("schema", "main.sales", principal, "MODIFY")
    assert refreshed(stack) == {"update": ["cube-read-main.sales"]}
    # One run, in which the workspace knows the principal late again.
    clouds.leave_workspace(robot, clouds.workspace)
    stack.must("up", "--yes", "--skip-preview", "--refresh")
    assert not clouds.unity.holds(robot, "MODIFY", schema), (
        "what our principal was given by hand on a granted securable is taken away"
    )
    assert clouds.directory.has_entitlement(robot, clouds.workspace, "databricks-sql-access")
    assert shared.acl[principal] == "CAN_USE"
    stack.unchanged()


def test_an_expired_credential_is_made_again(stack: Stack, sandbox: Sandbox) -> None:
    day = 86_400
    sandbox.databricks.advance(seconds=-91 * day)
    stack.apply()
    sandbox.databricks.advance(seconds=91 * day)
    assert "has expired" in stack.pulumi("preview").output
    assert "cube-service-secret-v1" in refreshed(stack)["create"]
    stack.apply()
    assert stack.outputs()["service_account"]["credential_expires"] > "2026"
    stack.unchanged()


def test_what_others_have_is_only_added_to_and_destroy_leaves_nothing_of_ours(
    stack: Stack, sandbox: Sandbox
) -> None:
    clouds = sandbox.databricks
    shared = clouds.warehouses.all[WAREHOUSE_ID]
    acl, people = dict(shared.acl), set(clouds.directory.principals)
    before = {one.name: dict(one.grants) for one in clouds.unity.securables.values()}
    stack.apply()
    principal = stack.outputs()["service_account"]["id"]
    during = {
        one.name: {who: what for who, what in one.grants.items() if who != principal}
        for one in clouds.unity.securables.values()
    }
    assert during == before
    ours = {principal: "CAN_USE", "finance": "CAN_USE"}
    assert shared.acl == {**acl, **ours}
    stack.set(userGroups=["analysts", "finance", "engineers"])
    stack.apply()
    assert shared.acl == {**acl, **ours}, "who has more keeps more"
    methods = {call.method for call in sandbox.journal.calls(path=ACL)}
    assert methods == {"GET", "PATCH"}, "the list as a whole was never written"

    shared.acl[ALICE] = "CAN_MANAGE"  # somebody else's change, in between
    stack.must("destroy", "--yes", "--skip-preview")
    assert shared.acl == {**acl, ALICE: "CAN_MANAGE"}
    assert len(sandbox.journal.calls(method="PUT", path=ACL)) == 1
    assert {one.name: dict(one.grants) for one in clouds.unity.securables.values()} == before
    assert set(clouds.directory.principals) == people, "no deactivated leftover"
    assert clouds.access.integrations == {}
    assert boto3.client("secretsmanager").list_secrets()["SecretList"] == []
    assert json.loads(stack.export())["deployment"].get("resources", []) == []


def test_a_permission_that_was_raised_by_hand_is_left(
    applied_copy: Stack, sandbox: Sandbox
) -> None:
    shared = sandbox.databricks.warehouses.all[WAREHOUSE_ID]
    assert shared.acl["finance"] == "CAN_USE"
    shared.acl["finance"] = "CAN_MANAGE"
    applied_copy.must("destroy", "--yes", "--skip-preview")
    assert shared.acl["finance"] == "CAN_MANAGE"


def test_two_environments_in_one_account_do_not_meet(
    applied_copy: Stack, make_stack: Callable[..., Stack], sandbox: Sandbox
) -> None:
    first, second = applied_copy, make_stack("prod")
    second.apply()
    assert first.outputs()["secret_arn"] != second.outputs()["secret_arn"]
    first.must("destroy", "--yes", "--skip-preview")
    # What both gave to one group on one warehouse is taken by the one that came first, as
    # docs/databricks.md says. Everything else stayed.
    assert refreshed(second) == {"create": ["cube-use-finance"]}
    second.apply()
    second.unchanged("--refresh")
    assert sandbox.journal.calls(path=f"/accounts/{ACCOUNT_ID}")
    assert BOB in sandbox.databricks.warehouses.all[WAREHOUSE_ID].acl


def test_a_secret_of_another_stack_is_taken_over_only_when_told_to(
    applied_copy: Stack, make_stack: Callable[..., Stack]
) -> None:
    name = "cube-access/cube-dev"
    stack = make_stack("prod", secretName=name)
    got = stack.up()
    assert got.code != 0
    assert "belongs to organization/cube-access/dev" in got.output
    assert "adoptSecret" in got.output
    assert "Traceback" not in got.output
    stack.set(adoptSecret=True)
    stack.apply()
    versions = boto3.client("secretsmanager").describe_secret(SecretId=name)["VersionIdsToStages"]
    assert sorted(stage for stages in versions.values() for stage in stages) == [
        "AWSCURRENT",
        "AWSPREVIOUS",
    ]
    stack.unchanged()


def test_stacks_of_one_name_in_two_backends_do_not_share_a_secret(
    applied_copy: Stack, sandbox: Sandbox, tmp_path: Path
) -> None:
    stack = applied_copy
    before = stack.outputs()
    (tmp_path / "state").mkdir()
    other = Stack(
        sandbox,
        tmp_path / "other",
        stack.name,
        stack.config,
        PULUMI_BACKEND_URL=f"file://{tmp_path / 'state'}",
    )
    people = set(sandbox.databricks.directory.principals)
    got = other.up()
    assert got.code != 0
    assert "belongs to organization/cube-access/dev of another state backend" in got.output
    assert set(sandbox.databricks.directory.principals) == people, "no credential without a place"
    other.must("destroy", "--yes", "--skip-preview")
    client = boto3.client("secretsmanager")
    value = json.loads(client.get_secret_value(SecretId=before["secret_arn"])["SecretString"])
    assert value["clientId"] == before["service_account"]["id"]


def test_a_secret_whose_policy_is_refused_does_not_stay_behind(
    make_stack: Callable[..., Stack], sandbox: Sandbox
) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
            "Action": "secretsmanager:GetSecretValue",
            "Resource": "*",
        },
    }
    stack = make_stack(secretPolicy=policy)
    sandbox.faults.add(path="PutResourcePolicy", status=400)
    assert stack.up().code != 0
    assert boto3.client("secretsmanager").list_secrets()["SecretList"] == []
    stack.apply()
    stack.unchanged()
