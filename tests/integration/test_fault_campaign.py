"""A fixed sample of the fault campaign, and how it enumerates. `make faults` plays all of it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sandbox.journal import Request
from tools.faults.bench import bench, shape
from tools.faults.calls import Call, Case, calls, cases, rank
from tools.faults.inject import play
from tools.faults.results import read, table

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


@pytest.mark.parametrize("spaces", range(16, 320, 13))
def test_a_statement_is_found_again_wherever_its_label_was_cut(spaces: int) -> None:
    """Within a mark, or within a key."""
    start = f"{QUERY} CREATE USER A{' X' * (spaces // 2)} RSA_PUBLIC_KEY = "
    labels = [
        f"{start}'{key * 390}' COMMENT = 'ours [{mark * 16}]'"[: len(QUERY) + 301]
        for key, mark in (("k", "a"), ("l", "b"))
    ]
    (first,) = calls([request("POST", labels[0])])
    assert re.search(first.shape, labels[1])


def test_what_reads_is_the_first_and_last_of_a_shape_and_signing_in_has_no_effect() -> None:
    found = calls(
        [
            request("POST", "/oidc/accounts/x/v1/token"),
            request("POST", f"{QUERY} SHOW USERS LIKE 'CUBE_DEV'"),
            request("POST", f"{QUERY} SHOW USERS LIKE 'CUBE_DEV'"),
            request("POST", f"{QUERY} SHOW USERS LIKE 'CUBE_DEV'"),
            request("POST", f'{QUERY} CREATE ROLE "CUBE_DEV"'),
            request("POST", "/secretsmanager.DescribeSecret", "secretsmanager.amazonaws.com"),
            request("POST", "/secretsmanager.CreateSecret", "secretsmanager.amazonaws.com"),
        ]
    )
    assert [(each.words.split(" ", 1)[1][:14], each.ordinal, each.effect) for each in found] == [
        ("/oidc/accounts", 0, False),
        ("SHOW USERS LIK", 0, False),
        ("SHOW USERS LIK", 2, False),
        ('CREATE ROLE "C', 0, True),
        ("/secretsmanage", 0, False),
        ("/secretsmanage", 0, True),
    ]


def test_effects_get_every_mode_before_any_read_gets_its_three() -> None:
    read_, effect = Call("h", "GET", "x", 0, False), Call("h", "POST", "x", 0, True)
    found = sorted(cases("databricks", "up", [read_, effect]), key=rank)
    assert [case.call.effect for case in found] == [True] * 7 + [False] * 3
    assert [case.mode for case in found[-3:]] == ["kill-session", "reset", "error-before"]
    last = Call("h", "GET", "x", 4, False)
    (looks,) = cases("databricks", "up", [last])
    assert looks.mode == "error-before", "a plugin's look at what it has just made"
    assert cases("databricks", "refresh", [last]) == []


def test_of_statements_that_are_alike_the_first_and_the_last_are_hit() -> None:
    names = ("A", 'B "x"', "C D", "E")
    quoted = ['"{}"'.format(each.replace('"', '""')) for each in names]
    journal = [
        request("POST", f'{QUERY} GRANT USAGE ON SCHEMA "DB".{name} TO ROLE "R"') for name in quoted
    ]
    journal.append(request("POST", f'{QUERY} GRANT USAGE ON DATABASE "DB" TO ROLE "R"'))
    journal += [request("POST", f"{QUERY} CREATE ROLE {name}") for name in quoted]
    assert [each.ordinal for each in calls(journal)] == [0, 3, 0, 0, 0, 0, 0]
    assert [each.ordinal for each in calls(journal, every=True)] == [0, 1, 2, 3, 0, 0, 0, 0, 0]
    first = calls(journal)[0]
    assert all(re.search(first.shape, each.path) for each in journal[:4])
    assert not re.search(first.shape, journal[4].path)
    assert first.words == "POST GRANT USAGE ON SCHEMA * TO ROLE *"


def test_a_states_shape_has_what_a_destroy_goes_by_and_no_ids() -> None:
    app = {"urn": "urn:pulumi:dev::cube::a:b:C::app", "id": "1", "dependencies": ["x::guard"]}
    left = {**app, "delete": True}
    pending = {"type": "creating", "resource": {"urn": "x::user"}}
    assert shape({"resources": [app]}) == ["app [] after ['guard']"]
    assert shape({"resources": [left], "pending_operations": [pending]}) == [
        "app ['delete'] after ['guard']",
        "pending: creating user",
    ]


def test_the_table_tells_what_did_not_hold_and_what_was_not_reached() -> None:
    one = {
        "case": "databricks up reset: POST a",
        "mode": "reset",
        "hit": True,
        "findings": [],
        "commit": "abc",
    }
    two = {**one, "case": "databricks up reset: POST b", "findings": ["OAuth apps: 2 instead of 1"]}
    three = {**one, "case": "databricks up reset: POST c", "hit": False, "commit": "def"}
    text = table([one, two, three])
    assert "| databricks up | - | - | - | 1/2 | - | - | - |" in text
    assert "1 of 3 held; 2 at abc, 1 at def." in text
    assert "not reached: databricks up reset: POST c" in text
    assert "FAILED databricks up reset: POST b: OAuth apps: 2 instead of 1" in text


def test_of_a_case_that_was_played_twice_the_last_result_counts(tmp_path: Path) -> None:
    file = tmp_path / "faults.jsonl"
    assert read(file) == {}
    lines = [{"case": "a", "hit": False}, {"case": "b", "hit": True}, {"case": "a", "hit": True}]
    file.write_text("".join(f"{json.dumps(each)}\n" for each in lines))
    assert [each["hit"] for each in read(file).values()] == [True, True]


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
    with bench(case.warehouse) as there:
        outcome = play(there, case, there.clean(case.run))
    assert outcome.hit
    assert outcome.findings == []
