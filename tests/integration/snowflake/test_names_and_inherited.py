"""Grants of other kinds: inherited ones, and on names with a double quote, a bar or a dot."""

from __future__ import annotations

import threading
from collections.abc import Callable

from sandbox import Sandbox
from tools.snowflake_client import by_hand, service
from tools.stacks import PACK, Stack

OPT_IN = "ALTER ACCOUNT SET FEATURE_RBAC_INHERITED_GRANTS = 'ENABLED'"


def test_inherited_grants_read_what_is_there_and_what_comes(
    make_stack: Callable[..., Stack], sandbox: Sandbox
) -> None:
    stack = make_stack(inheritedGrants=True)
    got = stack.up()
    assert got.code != 0
    assert "FEATURE_RBAC_INHERITED_GRANTS of account SANDBOX-ANALYTICS is DISABLED" in got.output
    assert "Let an ACCOUNTADMIN run ALTER ACCOUNT SET" in got.output
    assert sandbox.snowflake.users.get("CUBE_DEV") is None, "nothing was changed"
    admin = by_hand()
    admin.rows(OPT_IN)
    # Future grants of others on the database go on: an inherited grant shadows none.
    admin.rows("GRANT SELECT ON FUTURE TABLES IN DATABASE ANALYTICS TO ROLE ENGINEER")
    got = stack.pulumi("preview", "--diff", *PACK)
    assert got.code == 0, got.output
    for kind in ("TABLES", "VIEWS"):
        assert f'INHERITED SELECT ON ALL {kind} IN SCHEMA "ANALYTICS"."SALES"' in got.output
    stack.apply()
    robot = service()
    assert robot.value("SELECT count(*) FROM ANALYTICS.SALES.ORDERS") == 4
    assert robot.value("SELECT count(*) FROM ANALYTICS.REFERENCE.COUNTRIES") == 3
    by_hand("SYSADMIN").rows("CREATE TABLE ANALYTICS.SALES.LATER AS SELECT 7 AS X")
    assert robot.value("SELECT X FROM ANALYTICS.SALES.LATER") == 7
    assert robot.refusal("SELECT * FROM ANALYTICS.HR.SALARIES")
    assert robot.refusal("INSERT INTO ANALYTICS.SALES.LATER VALUES (8)")
    rows = admin.rows("SHOW INHERITED GRANTS IN SCHEMA ANALYTICS.SALES")
    assert {(row[1], row[2], row[5]) for row in rows} == {
        ("SELECT", "TABLE", "CUBE_DEV"),
        ("SELECT", "VIEW", "CUBE_DEV"),
    }
    # With such rows in every answer, a refresh finds nothing to do.
    stack.unchanged("--refresh")

    # Back to the other kind, under a client that goes on reading.
    failures, ended = [], threading.Event()

    def keep_reading() -> None:
        while not ended.is_set():
            failure = robot.refusal("SELECT count(*) FROM ANALYTICS.SALES.ORDERS")
            failures.extend([failure] if failure else [])

    cube = threading.Thread(target=keep_reading)
    cube.start()
    try:
        admin.rows("REVOKE SELECT ON FUTURE TABLES IN DATABASE ANALYTICS FROM ROLE ENGINEER")
        stack.set(inheritedGrants=None)
        stack.apply()
    finally:
        ended.set()
        cube.join()
    assert failures == []
    assert admin.rows("SHOW INHERITED GRANTS IN SCHEMA ANALYTICS.SALES") == []
    assert service().value("SELECT X FROM ANALYTICS.SALES.LATER") == 7


def test_names_with_a_double_quote_work(make_stack: Callable[..., Stack], sandbox: Sandbox) -> None:
    engineer = by_hand("SYSADMIN")
    engineer.rows('CREATE DATABASE "my ""db"""')
    engineer.rows('CREATE DATABASE "a|b"')
    engineer.rows('CREATE SCHEMA "a|b".S')
    engineer.rows('CREATE TABLE "a|b".S.T AS SELECT 8 AS X')
    engineer.rows('CREATE WAREHOUSE "wh.1|x"')
    engineer.rows('CREATE SCHEMA ANALYTICS."the ""best"""')
    engineer.rows('CREATE TABLE ANALYTICS."the ""best"""."a""b" AS SELECT 1 AS X')
    engineer.rows('CREATE TABLE "my ""db""".PUBLIC.T AS SELECT 2 AS X')
    engineer.rows('CREATE VIEW ANALYTICS.HR."v""w" AS SELECT 3 AS X')
    engineer.rows('CREATE TABLE ANALYTICS."web data"."a.b@c d" AS SELECT 5 AS "x"')
    awkward = 'ANALYTICS."web data"."Page.Views""2024"'
    places = {
        "databases": ['"my ""db"""'],
        "schemas": ['analytics."the ""best"""', '"a|b".S'],
        "tables": [awkward, 'ANALYTICS.HR."v""w"', 'analytics."web data"."a.b@c d"'],
    }
    stack = make_stack(**{**places, "schemas": ['ANALYTICS."no ""such"""', 'ANALYTICS."x""y"']})
    got = stack.pulumi("preview")
    assert got.code != 0
    assert 'schema ANALYTICS."no ""such""": does not exist or not authorized' in got.output
    stack.set(**places, snowflakeWarehouse='"wh.1|x"')
    stack.apply()
    stack.unchanged("--refresh")
    robot = service()
    assert robot.value(f'SELECT sum("Views") FROM {awkward}') == 15
    assert robot.value('SELECT X FROM ANALYTICS."the ""best"""."a""b"') == 1
    assert robot.value('SELECT X FROM "my ""db""".PUBLIC.T') == 2
    assert robot.value('SELECT X FROM "a|b".S.T') == 8
    assert robot.value('SELECT X FROM ANALYTICS.HR."v""w"') == 3
    assert robot.value('SELECT "x" FROM ANALYTICS."web data"."a.b@c d"') == 5
    engineer.rows('CREATE TABLE ANALYTICS."the ""best"""."later""" AS SELECT 6 AS X')
    assert robot.value('SELECT X FROM ANALYTICS."the ""best"""."later"""') == 6
    assert robot.refusal("SELECT * FROM ANALYTICS.HR.SALARIES")
    assert stack.outputs()["cube_env"]["CUBEJS_DB_NAME"] == "ANALYTICS"
    stack.set(databases=[], tables=['ANALYTICS.HR."v""w"'])
    stack.apply()
    assert robot.refusal(f"SELECT * FROM {awkward}"), "what is no longer listed is revoked"
    assert robot.refusal('SELECT X FROM "my ""db""".PUBLIC.T')
    assert service().value('SELECT X FROM ANALYTICS.HR."v""w"') == 3
