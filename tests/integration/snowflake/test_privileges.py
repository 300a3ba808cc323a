"""A role's privileges against what people do by hand, and against an engine that is killed."""

from __future__ import annotations

import signal
import subprocess
import time

from sandbox import Sandbox
from tests.integration.snowflake.test_faults import statements
from tools.snowflake_client import by_hand, service
from tools.stacks import Stack

OWN = "cube-service-privileges"


def changes(sandbox: Sandbox) -> list[str]:
    return [sql for sql in statements(sandbox) if sql.startswith(("GRANT", "REVOKE"))]


def test_what_is_added_by_hand_is_shown_then_revoked_and_never_locks(
    applied_copy: Stack, sandbox: Sandbox
) -> None:
    stack, admin = applied_copy, by_hand()
    admin.rows("GRANT OPERATE ON WAREHOUSE COMPUTE_WH TO ROLE CUBE_DEV")
    admin.rows("GRANT ROLE ENGINEER TO ROLE CUBE_DEV")
    assert "OPERATE ON WAREHOUSE" not in stack.pulumi("preview", "--diff").output
    got = stack.pulumi("preview", "--refresh", "--diff")
    assert got.code == 0, got.output
    for extra in ('OPERATE ON WAREHOUSE "COMPUTE_WH"', 'USAGE ON ROLE "ENGINEER"'):
        line = next(line for line in got.output.splitlines() if line.strip(" -~").startswith(extra))
        assert line.strip().startswith("-"), "as one that goes"
    sandbox.journal.clear()
    stack.must("up", "--yes", "--skip-preview", "--refresh")
    assert sorted(sql for sql in changes(sandbox)) == [
        'REVOKE OPERATE ON WAREHOUSE "COMPUTE_WH" FROM ROLE "CUBE_DEV"',
        'REVOKE ROLE "ENGINEER" FROM ROLE "CUBE_DEV"',
    ]
    stack.unchanged()

    # What is taken away is found and given back; what is granted on one table goes with it.
    admin.rows("REVOKE SELECT ON TABLE ANALYTICS.SALES.ORDERS FROM ROLE CUBE_DEV")
    engineer = by_hand("SYSADMIN")
    engineer.rows("CREATE OR REPLACE TABLE ANALYTICS.REFERENCE.COUNTRIES AS SELECT 1 AS X")
    got = stack.pulumi("preview", "--refresh", "--diff")
    line = next(line for line in got.output.splitlines() if "lacks 1 of 2: " in line)
    assert line.strip().startswith("~"), line
    assert "ORDERS" in line, line
    assert "granted" in line, line
    stack.must("up", "--yes", "--skip-preview", "--refresh")
    assert service().value("SELECT count(*) FROM ANALYTICS.SALES.ORDERS") == 4
    assert service().value("SELECT X FROM ANALYTICS.REFERENCE.COUNTRIES") == 1

    # A role by another name is not ours, and the one that is missing is made anew.
    admin.rows("ALTER ROLE CUBE_DEV RENAME TO THEIRS")
    stack.must("up", "--yes", "--skip-preview", "--refresh")
    assert service().value("SELECT count(*) FROM ANALYTICS.SALES.ORDERS") == 4
    stack.unchanged()

    # Nothing that was taken away by hand is in a destroy's way, and the role goes with all it had.
    admin.rows("REVOKE USAGE ON SCHEMA ANALYTICS.SALES FROM ROLE CUBE_DEV")
    admin.rows("REVOKE SELECT ON FUTURE TABLES IN SCHEMA ANALYTICS.SALES FROM ROLE CUBE_DEV")
    engineer.rows("DROP TABLE ANALYTICS.REFERENCE.COUNTRIES")
    sandbox.journal.clear()
    stack.must("destroy", "--yes", "--skip-preview", "--refresh")
    assert not [sql for sql in changes(sandbox) if " ON " in sql], "DROP ROLE takes them all"
    assert sandbox.snowflake.catalog.find("ROLE", ("CUBE_DEV",)) is None


def test_an_up_that_was_killed_between_two_grants_goes_on(
    applied_copy: Stack, sandbox: Sandbox
) -> None:
    stack = applied_copy
    stack.set(schemas=["ANALYTICS.SALES", "ANALYTICS.HR", "RAW.EVENTS"])
    sandbox.faults.add(path="query-request GRANT SELECT ON ALL VIEWS", hang=60.0, times=9)
    running = subprocess.Popen(
        ["pulumi", "up", "--yes", "--skip-preview", "--stack", stack.name, "--non-interactive"],
        cwd=stack.folder,
        env=stack.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    role = sandbox.snowflake.catalog.get("ROLE", ("CUBE_DEV",))
    salaries = sandbox.snowflake.catalog.get("TABLE", ("ANALYTICS", "HR", "SALARIES"))
    while not any(each.to is role for each in salaries.grants):
        assert time.monotonic() < deadline, "the update never got as far as the tables"
        time.sleep(0.1)
    running.send_signal(signal.SIGKILL)
    running.wait()
    subprocess.run(["pkill", "-KILL", "-s", str(running.pid)], check=False)
    sandbox.faults.clear()
    stack.must("cancel", "--yes")
    stack.must("up", "--yes", "--skip-preview")
    stack.unchanged()
    stack.unchanged("--refresh")
    assert service().value("SELECT count(*) FROM RAW.EVENTS.CLICKS") == 2


def test_a_lost_answer_is_asked_for_again(stack: Stack, sandbox: Sandbox) -> None:
    sandbox.faults.add(path="query-request GRANT SELECT ON ALL TABLES", after_effect=True)
    sandbox.faults.add(path="query-request GRANT USAGE ON SCHEMA", status=503, times=2)
    bound = sandbox.faults.add(path="query-request ALTER SECURITY INTEGRATION", after_effect=True)
    stack.apply()
    assert bound.times == 0, "it was met"
    stack.unchanged()


def test_an_unchanged_preview_asks_little(applied_copy: Stack, sandbox: Sandbox) -> None:
    """Ours: one sign-in a role and a dozen statements; besides, the plugin's own providers."""
    applied_copy.unchanged()
    ours = [sql for sql in statements(sandbox) if sql.startswith("SHOW") and "LIKE" not in sql]
    assert 0 < len(ours) <= 12
    sign_ins = sandbox.journal.calls(path="login-request")
    assert len(sign_ins) <= 2 + 3
