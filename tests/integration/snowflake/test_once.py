"""Runs that are cut off, and calls that fail half-way: the next plain `up` converges."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable

import pytest

from sandbox import Sandbox
from tools.snowflake_client import by_hand, service
from tools.stacks import ROOT, Stack


def comments(sandbox: Sandbox) -> dict[str, str]:
    """Of everything that is called like us."""
    return {
        one.kind: str(one.settings.get("COMMENT", ""))
        for one in sandbox.snowflake.catalog.everything()
        if one.simple_name == "CUBE_DEV"
    }


def killed_at(stack: Stack, sandbox: Sandbox, statement: str) -> None:
    """The whole session of an `up`, right after a statement had its effect."""
    fault = sandbox.faults.add(path=f"query-request {statement}", after_effect=True, hang=60.0)
    stack.killed_at(fault)
    stack.must("cancel", "--yes")


def recover(stack: Stack, *wanted: str) -> None:
    """Takes over, once shown what would be run."""
    takes = [each for one in wanted for each in ("--take-over", one)]
    for more, code in (([], 1), (["--yes"], 0)):
        done = subprocess.run(
            [str(ROOT / ".venv/bin/cube-access"), "recover", "--stack", "dev", *takes, *more],
            cwd=stack.folder,
            env=stack.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr


def test_runs_that_were_cut_off_after_the_effect(stack: Stack, sandbox: Sandbox) -> None:
    # The role is not made yet: both begin at once.
    sandbox.faults.add(path="query-request CREATE ROLE", hang=60.0)
    for statement in ("CREATE SECURITY INTEGRATION", "CREATE ROLE", "CREATE USER"):
        killed_at(stack, sandbox, statement)
    found = stack.preview()
    assert "is of an `up` of this stack that was cut off: `up` removes it" in found.output
    got = stack.up()
    assert got.code == 0, got.output
    assert "removed, and made anew" in got.output, got.output
    stack.unchanged()
    assert service().value("SELECT count(*) FROM ANALYTICS.SALES.ORDERS") == 4


@pytest.mark.parametrize("read", ["SHOW USERS LIKE 'CUBE_DEV'", "SHOW PARAMETERS IN USER"])
def test_a_user_whose_first_read_fails_is_made_all_the_same(
    stack: Stack, sandbox: Sandbox, read: str
) -> None:
    refusal = {
        "success": False,
        "code": "000603",
        "message": "SQL execution internal error",
        "data": {"sqlState": "XX000", "queryId": "", "errorCode": "000603"},
    }
    sandbox.faults.add(path=read, status=200, body=refusal)
    assert "failed half-way: it was removed, and is made once more" in stack.up().output
    stack.apply()
    stack.unchanged()
    assert service().value("SELECT count(*) FROM ANALYTICS.SALES.ORDERS") == 4


def test_what_is_others_stops_the_preview_with_the_two_ways_out(
    stack: Stack, sandbox: Sandbox
) -> None:
    admin = by_hand("USERADMIN")
    admin.rows("CREATE ROLE CUBE_DEV COMMENT = 'theirs'")
    before = comments(sandbox)
    for got in (stack.preview(), stack.up()):
        assert got.code != 0
        assert "the role CUBE_DEV already exists and is not this stack's" in got.output
        assert (
            "cube-access recover --stack dev --take-over cube-service-role=CUBE_DEV" in got.output
        )
    assert comments(sandbox)["ROLE"] == before["ROLE"]
    recover(stack, "cube-service-role=CUBE_DEV")
    stack.apply()
    assert "written by cube-access" in comments(sandbox)["ROLE"]


def test_what_has_no_mark_or_is_in_a_place_is_taken_over_the_same_way(
    make_stack: Callable[..., Stack], sandbox: Sandbox
) -> None:
    """A resource monitor, a database role and an authentication policy."""
    admin, system, security = (
        by_hand(role) for role in ("ACCOUNTADMIN", "SYSADMIN", "SECURITYADMIN")
    )
    admin.rows("CREATE DATABASE SECURITY")
    for grant in (
        "USAGE ON DATABASE SECURITY",
        "USAGE ON SCHEMA SECURITY.PUBLIC",
        "CREATE AUTHENTICATION POLICY ON SCHEMA SECURITY.PUBLIC",
        "APPLY AUTHENTICATION POLICY ON ACCOUNT",
    ):
        admin.rows(f"GRANT {grant} TO ROLE SECURITYADMIN")
    admin.rows("CREATE RESOURCE MONITOR CUBE_DEV WITH CREDIT_QUOTA = 1")
    system.rows("CREATE DATABASE ROLE ANALYTICS.CUBE_DEV")
    security.rows("CREATE AUTHENTICATION POLICY SECURITY.PUBLIC.CUBE_DEV")
    stack = make_stack(
        snowflakeWarehouse=None,
        snowflakeWarehouseCreditQuota=5,
        grantTo="database-role",
        authenticationPolicySchema="SECURITY.PUBLIC",
    )
    assert "already exists" in stack.up().output
    recover(
        stack,
        "cube-monitor=CUBE_DEV",
        'cube-read-database-role="ANALYTICS"."CUBE_DEV"',
        'cube-sign-in-policy="SECURITY"."PUBLIC"."CUBE_DEV"',
    )
    stack.apply()
    stack.unchanged()
    monitor = sandbox.snowflake.catalog.get("RESOURCE MONITOR", ("CUBE_DEV",))
    assert str(monitor.settings["CREDIT_QUOTA"]) == "5"


def test_a_rename_that_was_cut_off_goes_on(applied_copy: Stack, sandbox: Sandbox) -> None:
    stack = applied_copy
    stack.set(name="cube-new")
    killed_at(stack, sandbox, 'CREATE ROLE "CUBE_NEW"')
    got = stack.up()
    assert got.code == 0, got.output
    assert "the role CUBE_NEW is of an `up` of this stack that was cut off" in got.output
    stack.unchanged()
    assert service().value("SELECT count(*) FROM ANALYTICS.SALES.ORDERS") == 4
    names = [each.name for each in sandbox.snowflake.catalog.of_kind("ROLE")]
    assert ("CUBE_NEW",) in names
    assert ("CUBE_DEV",) not in names


def test_a_destroy_right_after_a_kill_names_what_is_left(stack: Stack, sandbox: Sandbox) -> None:
    killed_at(stack, sandbox, "CREATE SECURITY INTEGRATION")
    got = stack.must("destroy", "--yes", "--skip-preview")
    assert '`DROP SECURITY INTEGRATION "CUBE_DEV"`' in got.output
    # A role may have been on its way at the same time: each is named, and nothing else is left.
    for statement in sorted(set(re.findall("`(DROP [^`]+)`", got.output))):
        by_hand().rows(statement)
    assert comments(sandbox) == {}
