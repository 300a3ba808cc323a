"""Runs that are cut off, and calls that fail half-way: the next plain `up` converges."""

from __future__ import annotations

import subprocess

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
    command = [
        str(ROOT / ".venv/bin/cube-access"),
        *("recover", "--stack", "dev", "--take-over", "cube-service-role=CUBE_DEV"),
    ]
    for more, code in (([], 1), (["--yes"], 0)):
        done = subprocess.run(
            [*command, *more],
            cwd=stack.folder,
            env=stack.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
    stack.apply()
    stack.unchanged()
    assert "written by cube-access" in comments(sandbox)["ROLE"]
