"""An account that refuses, stalls or forgets, and configuration that is wrong."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable

import boto3
import pytest

from sandbox import Sandbox
from tools.snowflake_client import service
from tools.stacks import Stack

READING = ("SELECT", "SHOW", "DESCRIBE")


def statements(sandbox: Sandbox) -> list[str]:
    """What was asked of Snowflake, in order."""
    calls = sandbox.journal.calls(path="/queries/v1/query-request ")
    return [call.body["sqlText"] for call in calls]


def changes(sandbox: Sandbox) -> list[str]:
    return [sql for sql in statements(sandbox) if not sql.startswith(READING)]


def test_a_storm_of_refusals_is_sat_out_and_a_lost_answer_makes_nothing_twice(
    stack: Stack, sandbox: Sandbox
) -> None:
    faults = [
        sandbox.faults.add(path="query-request GRANT", status=503, times=2),
        sandbox.faults.add(path="login-request", status=503),
        sandbox.faults.add(path="query-request CREATE USER", status=503, after_effect=True),
    ]
    stack.apply()
    assert [fault.times for fault in faults] == [0, 0, 0], "each was met"
    stack.unchanged()


def test_a_deployer_without_rights_is_told_which_role_lacks_them(
    make_stack: Callable[..., Stack], sandbox: Sandbox
) -> None:
    stack = make_stack(integrationRole="SYSADMIN")
    got = stack.up()
    assert got.code != 0
    assert "Insufficient privileges" in got.output
    assert sandbox.snowflake.integrations.get("CUBE_DEV") is None
    stack.set(integrationRole=None)
    stack.apply()


def test_a_role_that_the_deployer_lacks_is_named(make_stack: Callable[..., Stack]) -> None:
    got = make_stack(grantAdminRole="ENGINEERING_ADMIN").pulumi("preview")
    assert got.code != 0
    assert "ENGINEERING_ADMIN" in got.output


def test_an_up_that_was_killed_goes_on_where_it_was(stack: Stack, sandbox: Sandbox) -> None:
    sandbox.faults.add(path="query-request GRANT USAGE", hang=30.0)
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
    # What the plugin was making when it was killed, it would make a second time.
    while not {"cube-oauth-credentials", "cube-service-user"} <= in_state(stack):
        assert time.monotonic() < deadline, "the update never got as far as the user"
        time.sleep(0.2)
    running.send_signal(signal.SIGKILL)
    running.wait()
    subprocess.run(["pkill", "-KILL", "-s", str(running.pid)], check=False)
    sandbox.faults.clear()
    integration = sandbox.snowflake.integrations.get("CUBE_DEV")
    assert integration is not None
    stack.must("cancel", "--yes")
    stack.must("refresh", "--yes", "--skip-preview", "--clear-pending-creates")
    stack.apply()
    stack.unchanged()
    assert stack.outputs()["cube_oauth_app"]["client_id"] == integration.client_id
    assert service().value("SELECT count(*) FROM ANALYTICS.SALES.ORDERS") == 4


def in_state(stack: Stack) -> set[str]:
    """Names of the resources that the state has got, while an engine writes it."""
    found: set[str] = set()
    for file in (stack.sandbox.home / "state").rglob(f"stacks/**/{stack.name}.json"):
        try:
            latest = json.loads(file.read_text())["checkpoint"]["latest"] or {}
        except (OSError, ValueError):
            continue
        found |= {each["urn"].rpartition("::")[2] for each in latest.get("resources", [])}
    return found


def test_names_that_do_not_exist_are_listed_before_anything_is_made(
    make_stack: Callable[..., Stack], sandbox: Sandbox
) -> None:
    stack = make_stack(
        schemas=["ANALYTICS.SALES", "ANALYTICS.NOPE", "GONE.SALES"],
        tables=["ANALYTICS.HR.MISSING"],
        snowflakeWarehouse="NO_WH",
        userRoles=["NOBODY"],
        blockedRoles=["CONTRACTR"],
        preAuthorizedRoles=["ANALIST"],
        oauthNetworkPolicy="OFICE",
        cubeCloudIdentity={"tenant": "acme", "deploymentId": 1, "integration": "NO_SUCH"},
    )
    for arguments in (("preview",), ("up", "--yes", "--skip-preview")):
        got = stack.pulumi(*arguments)
        assert got.code != 0
        for name in (
            "schema ANALYTICS.NOPE",
            "database GONE",
            "table or view ANALYTICS.HR.MISSING",
            "warehouse NO_WH",
            "role NOBODY",
            "role CONTRACTR",
            "role ANALIST",
            "network policy OFICE",
            "integration NO_SUCH",
        ):
            assert name in got.output
        assert "schema ANALYTICS.SALES:" not in got.output
        assert "Traceback" not in got.output
    assert changes(sandbox) == [], "nothing was changed"
    assert boto3.client("secretsmanager").list_secrets()["SecretList"] == []


def test_wrong_settings_are_all_reported_and_no_account_is_asked(
    make_stack: Callable[..., Stack], sandbox: Sandbox
) -> None:
    stack = make_stack(
        redirectUris=["http://x.y/cb"], refreshTokenMinutes=3, schemas=["x"], typo="1"
    )
    got = stack.pulumi("preview")
    assert got.code != 0
    assert "4 problems in the configuration of stack dev; nothing was changed" in got.output
    assert "Traceback" not in got.output
    assert len(sandbox.journal) == 0


@pytest.mark.slow
def test_an_account_that_does_not_exist_ends_in_an_error_that_names_it(
    make_stack: Callable[..., Stack],
) -> None:
    stack = make_stack(snowflakeAccount="SANDBOX-OTHER")
    started = time.monotonic()
    got = stack.pulumi("preview")
    assert got.code != 0
    assert "account SANDBOX-OTHER does not let the deployer look" in got.output
    assert "Traceback" not in got.output
    assert time.monotonic() - started < 200


def test_the_journal_shows_what_an_unchanged_preview_costs(
    applied_copy: Stack, sandbox: Sandbox
) -> None:
    applied_copy.unchanged()
    assert changes(sandbox) == [], "a preview changes nothing"
    hosts = {call.host for call in sandbox.journal}
    assert hosts == {"sandbox-analytics.snowflakecomputing.com"}, "and needs no AWS"
