"""From a key pair to Cube Cloud's word for the service account, and back."""

from __future__ import annotations

from collections.abc import Callable

import boto3

from sandbox import Sandbox
from tests.integration.snowflake.test_keyless import IDENTITY, ORDERS, client, cube_cloud
from tools.snowflake_client import service
from tools.stacks import Stack


def test_another_way_in_stops_the_preview(
    make_applied: Callable[..., Stack], sandbox: Sandbox
) -> None:
    stack = make_applied(protect=True, secretName="cube-access/fixed")
    stack.set(cubeCloudIdentity=IDENTITY)
    got = stack.pulumi("preview")
    assert got.code != 0
    assert "it replaces how the service account signs in" in got.output
    assert "a key pair -> cube:deployment:42 of https://acme.cubecloud.dev" in got.output
    assert service().value(ORDERS) == 4, "nothing was done"
    stack.set(protect=False)
    stack.apply()
    assert client(cube_cloud(sandbox).token()).value(ORDERS) == 4
    user = sandbox.snowflake.users.get("CUBE_DEV")
    assert user is not None
    assert user.rsa_public_key == "", "and the keys are gone"
    assert boto3.client("secretsmanager").list_secrets()["SecretList"] == []
    stack.set(cubeCloudIdentity=None)
    stack.apply()
    stack.unchanged()
    assert service().value(ORDERS) == 4
