"""What is readable, and how that changes: whole databases, database roles, kinds of object."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest

from cube_access.settings.snowflake_reading import OBJECT_KINDS
from sandbox import Sandbox
from tools.snowflake_client import by_hand, service, stored, works
from tools.stacks import Stack


def test_a_whole_database_takes_the_same_number_of_grants_however_big_it_is(
    make_applied: Callable[..., Stack],
) -> None:
    stack = make_applied(databases=["ANALYTICS"], schemas=[], tables=[])
    state = json.loads(stack.export())["deployment"]["resources"]
    own = next(each for each in state if each["urn"].endswith("::cube-service-privileges"))
    engineer = by_hand("SYSADMIN")
    engineer.rows("CREATE SCHEMA ANALYTICS.LATER")
    engineer.rows("CREATE TABLE ANALYTICS.LATER.T AS SELECT 1 AS X")
    robot = service()
    assert robot.value("SELECT X FROM ANALYTICS.LATER.T") == 1
    assert robot.value("SELECT count(*) FROM ANALYTICS.HR.SALARIES") == 2
    assert robot.refusal("SELECT * FROM RAW.EVENTS.CLICKS")
    stack.unchanged()
    assert sorted(own["outputs"]["privileges"]) == [
        'SELECT ON ALL AND FUTURE TABLES IN DATABASE "ANALYTICS"',
        'SELECT ON ALL AND FUTURE VIEWS IN DATABASE "ANALYTICS"',
        'USAGE ON ALL AND FUTURE SCHEMAS IN DATABASE "ANALYTICS"',
        'USAGE ON DATABASE "ANALYTICS"',
        'USAGE ON WAREHOUSE "COMPUTE_WH"',
    ]


def reads(sandbox: Sandbox, role: str) -> set[tuple[str, str]]:
    """What a role, of the account or of a database, holds."""
    held: set[tuple[str, str]] = set()
    for one in sandbox.snowflake.catalog.everything():
        to = [(g.privilege, g.to) for g in one.grants] + [(f.privilege, f.to) for f in one.future]
        held |= {(what, one.kind) for what, who in to if str(who) == role and who.kind != "USER"}
    return held


def test_a_database_role_can_hold_the_grants(
    make_applied: Callable[..., Stack], sandbox: Sandbox
) -> None:
    stack = make_applied(grantTo="database-role")
    stack.unchanged("--refresh")
    robot = service()
    assert robot.value("SELECT count(*) FROM ANALYTICS.SALES.ORDERS") == 4
    assert robot.value("SELECT count(*) FROM ANALYTICS.REFERENCE.COUNTRIES") == 3
    assert robot.refusal("SELECT * FROM ANALYTICS.HR.SALARIES")
    by_hand("SYSADMIN").rows("CREATE TABLE ANALYTICS.SALES.LATER AS SELECT 7 AS X")
    assert robot.value("SELECT X FROM ANALYTICS.SALES.LATER") == 7
    own = {kind for _, kind in reads(sandbox, "CUBE_DEV")}
    assert own == {"DATABASE", "WAREHOUSE", "DATABASE ROLE"}
    # What is taken away by hand is found.
    admin = by_hand()
    admin.rows("REVOKE USAGE ON SCHEMA ANALYTICS.SALES FROM DATABASE ROLE ANALYTICS.CUBE_DEV")
    admin.rows("REVOKE DATABASE ROLE ANALYTICS.CUBE_DEV FROM ROLE CUBE_DEV")
    stack.must("up", "--yes", "--skip-preview", "--refresh")
    assert works(stored())
    stack.must("destroy", "--yes", "--skip-preview")
    assert sandbox.snowflake.catalog.find("DATABASE ROLE", ("ANALYTICS", "CUBE_DEV")) is None


@pytest.mark.parametrize(
    "scope", [{}, {"databases": ["ANALYTICS"], "schemas": [], "tables": []}], ids=["parts", "whole"]
)
def test_reading_goes_on_while_the_role_that_holds_the_grants_changes(
    make_applied: Callable[..., Stack], sandbox: Sandbox, scope: dict[str, Any]
) -> None:
    stack = make_applied(**scope)
    robot, failures, ended = service(), [], threading.Event()

    def keep_reading() -> None:
        while not ended.is_set():
            failure = robot.refusal("SELECT count(*) FROM ANALYTICS.SALES.ORDERS")
            failures.extend([failure] if failure else [])

    cube = threading.Thread(target=keep_reading)
    cube.start()
    try:
        stack.set(grantTo="database-role")
        stack.apply()
        assert ("SELECT", "TABLE") not in reads(sandbox, "CUBE_DEV"), "the old grants are gone"
        assert ("SELECT", "TABLE") in reads(sandbox, "ANALYTICS.CUBE_DEV")
        # Narrower, too: the future grants of the role that read until now are nobody else's.
        narrower = ["ANALYTICS.SALES", "ANALYTICS.REFERENCE"]
        stack.set(grantTo="account-role", databases=[], schemas=narrower, tables=[])
        stack.apply()
        stack.unchanged()
    finally:
        ended.set()
        cube.join()
    assert failures == []
    assert sandbox.snowflake.catalog.find("DATABASE ROLE", ("ANALYTICS", "CUBE_DEV")) is None
    assert service().value("SELECT count(*) FROM ANALYTICS.REFERENCE.COUNTRIES") == 3


def test_a_database_role_moves_with_its_database(make_applied: Callable[..., Stack]) -> None:
    stack = make_applied(grantTo="database-role")
    stack.set(schemas=["RAW.EVENTS"], tables=[])
    stack.apply()
    stack.unchanged()
    assert service().value("SELECT count(*) FROM RAW.EVENTS.CLICKS") == 2
    assert service().refusal("SELECT count(*) FROM ANALYTICS.SALES.ORDERS")


def test_reading_goes_on_while_its_scope_gets_narrower_and_wider(applied_copy: Stack) -> None:
    """One contains the other, in one apply: what stays is never away."""
    stack = applied_copy
    robot, failures, ended = service(), [], threading.Event()

    def keep_reading() -> None:
        while not ended.is_set():
            failure = robot.refusal("SELECT count(*) FROM ANALYTICS.SALES.ORDERS")
            failures.extend([failure] if failure else [])

    cube = threading.Thread(target=keep_reading)
    cube.start()
    try:
        stack.set(databases=["ANALYTICS"], schemas=[], tables=[])
        stack.apply()
        assert service().value("SELECT count(*) FROM ANALYTICS.HR.SALARIES") == 2
        stack.set(databases=[], schemas=["ANALYTICS.SALES"])
        stack.apply()
        assert service().refusal("SELECT * FROM ANALYTICS.HR.SALARIES")
        stack.set(schemas=[], tables=["ANALYTICS.SALES.ORDERS"])
        stack.apply()
    finally:
        ended.set()
        cube.join()
    assert failures == []
    assert service().refusal("SELECT * FROM ANALYTICS.SALES.CUSTOMERS")
    stack.unchanged("--refresh")


def test_every_kind_of_object_can_be_granted(make_stack: Callable[..., Stack]) -> None:
    by_hand("SYSADMIN").rows(
        "CREATE ICEBERG TABLE ANALYTICS.SALES.ICE (X INT) CATALOG = 'SNOWFLAKE' BASE_LOCATION = 'i'"
    )
    stack = make_stack(objectKinds=list(OBJECT_KINDS))
    stack.apply()
    assert service().value("SELECT count(*) FROM ANALYTICS.SALES.ICE") == 0
    stack.unchanged("--refresh")
    assert works(stored())
    stack.set(objectKinds=["views"])
    stack.apply()
    assert service().refusal("SELECT * FROM ANALYTICS.SALES.ORDERS"), "a table, no longer listed"
