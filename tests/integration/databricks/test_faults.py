"""Clouds that refuse, stall or forget, and configuration that is wrong."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable

import boto3

from sandbox import Sandbox
from sandbox.databricks.world import WORKSPACE_HOST
from tools.stacks import Stack


def test_what_a_busy_cloud_does_is_sat_out(stack: Stack, sandbox: Sandbox) -> None:
    """A storm of refusals, a principal that appears late, and a lost answer, which leaves one entry
    on the warehouse.
    """
    sandbox.databricks.directory.consistency_lag = 4
    faults = [
        sandbox.faults.add(method="PATCH", path="/unity-catalog/permissions", status=429, times=3),
        sandbox.faults.add(method="POST", path="/credentials/secrets", status=503),
        sandbox.faults.add(
            method="PATCH", path="/permissions/warehouses", status=503, after_effect=True
        ),
    ]
    stack.apply()
    assert [fault.times for fault in faults] == [0, 0, 0], "each was met"
    stack.unchanged()


def test_a_deployer_without_rights_is_told_and_nothing_is_made(
    stack: Stack, sandbox: Sandbox
) -> None:
    denied = {"error_code": "PERMISSION_DENIED", "message": "deployer is no account admin."}
    sandbox.faults.add(method="POST", path="/scim/v2/ServicePrincipals", status=403, body=denied)
    sandbox.faults.add(path="/custom-app-integrations", status=403, body=denied)
    got = stack.up()
    assert got.code != 0
    assert "deployer is no account admin" in got.output
    assert boto3.client("secretsmanager").list_secrets()["SecretList"] == []
    sandbox.faults.clear()
    stack.apply()


def test_an_up_that_was_killed_goes_on_where_it_was(stack: Stack, sandbox: Sandbox) -> None:
    """Killed after the app exists: only its creation ever returned the client secret."""
    sandbox.faults.add(path="/permissions/warehouses", hang=30.0)
    command = ["pulumi", "up", "--yes", "--skip-preview", "--stack", stack.name]
    running = subprocess.Popen(
        [*command, "--non-interactive"],
        cwd=stack.folder,
        env=stack.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while not sandbox.journal.calls(path="/permissions/warehouses"):
        hung = sandbox.databricks.access.integrations and sandbox.databricks.access.secrets
        if hung and time.monotonic() > deadline - 45:
            break
        assert time.monotonic() < deadline, "the update never got as far as the warehouse"
        time.sleep(0.2)
    running.send_signal(signal.SIGKILL)
    running.wait()
    subprocess.run(["pkill", "-KILL", "-s", str(running.pid)], check=False)
    sandbox.faults.clear()
    (app,) = sandbox.databricks.access.integrations.values()
    stack.must("cancel", "--yes")
    stack.must("refresh", "--yes", "--skip-preview", "--clear-pending-creates")
    stack.apply()
    stack.unchanged()
    assert list(sandbox.databricks.access.integrations) == [app.id], "no second app was made"
    assert stack.outputs()["cube_oauth_app"]["client_secret"]


def test_names_that_do_not_exist_are_listed_before_anything_is_made(
    make_stack: Callable[..., Stack], sandbox: Sandbox
) -> None:
    stack = make_stack(
        schemas=["main.sales", "main.nope", "gone.sales"],
        tables=["main.sales.missing"],
        sqlWarehouseId="00000000000000ff",
        userGroups=["analysts", "analists"],
    )
    got = stack.up()
    assert got.code != 0
    for name in (
        "schema main.nope",
        "catalog gone",
        "table main.sales.missing",
        "group analists",
        "00000000000000ff",
    ):
        assert name in got.output
    assert "schema main.sales:" not in got.output
    assert "Traceback" not in got.output
    changes = [
        call for call in sandbox.journal if call.method != "GET" and "/oidc/" not in call.path
    ]
    assert changes == [], "nothing was changed"


def test_wrong_settings_are_all_reported_and_no_cloud_is_asked(
    make_stack: Callable[..., Stack], sandbox: Sandbox
) -> None:
    stack = make_stack(
        redirectUris=["http://x.y/cb"], accessTokenMinutes=3, schemas=["x"], typo="1"
    )
    got = stack.pulumi("preview")
    assert got.code != 0
    assert "4 problems in the configuration of stack dev; nothing was changed" in got.output
    assert "Traceback" not in got.output
    assert len(sandbox.journal) == 0


def test_a_host_that_does_not_exist_ends_in_an_error_that_names_it(
    make_stack: Callable[..., Stack],
) -> None:
    stack = make_stack(databricksWorkspaceHost="dbc-00000000-0000.cloud.databricks.com")
    got = stack.pulumi("preview")
    assert got.code != 0
    assert "dbc-00000000-0000.cloud.databricks.com" in got.output


def test_the_journal_shows_what_an_unchanged_preview_costs(
    applied_copy: Stack, sandbox: Sandbox
) -> None:
    applied_copy.unchanged()
    calls = [call for call in sandbox.journal if "/oidc/" not in call.path]
    assert {call.method for call in calls} == {"GET"}, "a preview changes nothing"
    assert {call.host for call in calls} == {WORKSPACE_HOST}, "and needs no account, nor AWS"
    # The resources have hooks, and so the state has the version that knows them.
    assert json.loads(applied_copy.export())["version"] == 4


def test_a_wrong_workspace_id_stops_before_the_principal_is_made(
    make_stack: Callable[..., Stack], sandbox: Sandbox
) -> None:
    people = set(sandbox.databricks.directory.principals)
    stack = make_stack(databricksWorkspaceId="5004080000000999")
    got = stack.up()
    assert got.code != 0
    assert f"{WORKSPACE_HOST} has the id 5004080000000001, not 5004080000000999" in got.output
    assert "Traceback" not in got.output
    assert set(sandbox.databricks.directory.principals) == people
    assert sandbox.databricks.access.integrations == {}
