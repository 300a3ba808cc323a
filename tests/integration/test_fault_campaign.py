"""A fixed sample of the fault campaign, and how it enumerates. `make faults` plays all of it."""

from __future__ import annotations

import pytest

from sandbox.journal import Request
from tools.faults.__main__ import table
from tools.faults.calls import Call, Case, calls, cases
from tools.faults.inject import play

QUERY = "/queries/v1/query-request"
ACCOUNT = "/api/2.0/accounts/5a4d0000-0000-4000-8000-000000000001"


def request(method: str, path: str, host: str = "h") -> Request:
    return Request(host, method, path, {}, None, 200, None)


def test_a_call_is_found_again_where_its_ids_are_others() -> None:
    first, second = calls(
        [
            request("POST", f"{ACCOUNT}/servicePrincipals/7100000000011/credentials/secrets"),
            request("POST", f"{ACCOUNT}/servicePrincipals/7100000000012/credentials/secrets"),
        ]
    )
    assert (first.shape, first.ordinal, second.ordinal) == (second.shape, 0, 1)
    assert first.effect


def test_what_reads_is_one_of_each_shape_and_signing_in_has_no_effect() -> None:
    found = calls(
        [
            request("POST", "/oidc/accounts/x/v1/token"),
            request("POST", f"{QUERY} SHOW USERS LIKE 'CUBE_DEV'"),
            request("POST", f"{QUERY} SHOW USERS LIKE 'CUBE_DEV'"),
            request("POST", f'{QUERY} CREATE ROLE "CUBE_DEV"'),
            request("POST", "/secretsmanager.DescribeSecret", "secretsmanager.amazonaws.com"),
            request("POST", "/secretsmanager.CreateSecret", "secretsmanager.amazonaws.com"),
        ]
    )
    assert [(each.words.split(" ", 1)[1][:14], each.effect) for each in found] == [
        ("/oidc/accounts", False),
        ("SHOW USERS LIK", False),
        ('CREATE ROLE "C', True),
        ("/secretsmanage", False),
        ("/secretsmanage", True),
    ]
    effect = Call("h", "POST", "x", 0, True)
    assert len(list(cases("databricks", "up", [effect]))) == 7
    assert len(list(cases("databricks", "up", [Call("h", "GET", "x", 0, False)]))) == 3


def test_the_table_tells_what_did_not_hold_and_what_was_not_reached() -> None:
    one = {"case": "databricks up reset: POST a", "mode": "reset", "hit": True, "findings": []}
    two = {**one, "case": "databricks up reset: POST b", "findings": ["OAuth apps: 2 instead of 1"]}
    three = {**one, "case": "databricks up reset: POST c", "hit": False}
    text = table([one, two, three])
    assert "| databricks up | - | - | - | 1/2 | - | - | - |" in text
    assert "not reached: databricks up reset: POST c" in text
    assert "FAILED databricks up reset: POST b: OAuth apps: 2 instead of 1" in text


SAMPLE = (
    Case(
        "databricks",
        "up",
        Call("accounts.cloud.databricks.com", "POST", "/custom-app-integrations$", 0, True),
        "kill-engine",
    ),
    Case(
        "snowflake",
        "up",
        Call("sandbox-analytics.snowflakecomputing.com", "POST", " CREATE USER", 0, True),
        "reset",
    ),
)


@pytest.mark.parametrize("case", SAMPLE, ids=lambda case: case.name)
def test_a_sample_of_the_campaign_holds(case: Case) -> None:
    outcome = play(case)
    assert outcome.hit
    assert outcome.findings == []
