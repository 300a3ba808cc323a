"""`cube-access doctor` on the sandbox: what is well, what is to be done, and that it changes
nothing and shows no secret.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from click.testing import CliRunner

from cube_access import cli
from cube_access.doctor import run
from cube_access.doctor.lines import Line, Report
from cube_access.settings import Settings, load
from cube_access.snowflake.session import forget_sessions
from sandbox import Sandbox
from sandbox.databricks.world import DEPLOYER_SECRET, WAREHOUSE_ID
from tools.snowflake_client import by_hand
from tools.stacks import Stack, example

READS = ("GET", "HEAD")


@pytest.fixture(autouse=True)
def nobody_is_signed_in() -> None:
    forget_sessions()


def changes(sandbox: Sandbox) -> list[str]:
    """Calls that could have changed something: no sign-in, no query, no look of AWS."""
    return [
        call.path
        for call in sandbox.journal
        if call.method not in READS
        and not any(word in call.path for word in ("/oidc/", "/session", "/queries/", "/telemetry"))
        and not any(word in call.path for word in ("Describe", "GetCallerIdentity"))
    ]


def statements(sandbox: Sandbox) -> set[str]:
    """First words of what Snowflake was sent."""
    sent = [call.body for call in sandbox.journal if "query-request" in call.path]
    return {str(body["sqlText"]).split()[0] for body in sent if isinstance(body, dict)}


def examined(
    stack: Stack, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str] | None = None
) -> Report:
    """Without the preview that reads the program: the settings as the program would have them."""
    for name, value in (environment or {}).items():
        monkeypatch.setenv(name, value)

    def settings(*_: Any) -> Settings:
        texts = {
            key: value if isinstance(value, str) else json.dumps(value)
            for key, value in stack.config.items()
        }
        return load(texts, stack.name)

    monkeypatch.setattr("cube_access.roles.asked.settings", settings)
    return run.examine(stack.name, stack.folder, lambda _: None)


def said(report: Report, about: str) -> Line:
    (found,) = [line for line in report.lines if line.about == about]
    return found


def test_before_the_first_up_all_is_well_and_nothing_is_changed(
    stack: Stack, sandbox: Sandbox
) -> None:
    file = stack.folder / "Pulumi.dev.yaml"
    before = file.read_bytes()
    arguments = ["doctor", "--cwd", str(stack.folder), "--stack", "dev", "--json", "-"]
    got = CliRunner().invoke(cli.cli, arguments, standalone_mode=False)
    report = json.loads(got.stdout)
    words = {line["about"]: line["verdict"] for line in report["lines"]}
    assert "do" not in words.values(), [each for each in report["lines"] if each["verdict"] == "do"]
    for about in (
        *("engine", "state", "passphrase", "workspace", "workspace id", "workspace admin"),
        *("catalog main", "schema main.sales", "SQL warehouse", "group analysts"),
        *("account console", "OAuth app", "service principal", "AWS", "secret"),
    ):
        assert words[about] == "ok", report
    assert report["exitCode"] == got.return_value
    assert file.read_bytes() == before
    assert changes(sandbox) == []
    assert DEPLOYER_SECRET not in got.stdout + got.stderr


def test_what_is_missing_on_this_machine_is_said_with_what_to_do(
    stack: Stack, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "another")
    monkeypatch.delenv("DATABRICKS_CLIENT_SECRET")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    report = examined(stack, monkeypatch)
    assert report.exit_code == 1
    assert "Set PULUMI_CONFIG_PASSPHRASE" in said(report, "passphrase").what
    for about in ("workspace", "account console"):
        line = said(report, about)
        assert line.verdict == "do"
        assert "DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET" in line.what
    assert "AWS_ACCESS_KEY_ID" in said(report, "AWS").what
    for about in ("SQL warehouse", "secret"):
        assert said(report, about).verdict == "unseen", "nothing is said of what was not seen"


def test_names_that_are_wrong_or_taken_are_found(
    make_stack: Callable[..., Stack], sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = make_stack(
        schemas=["main.nope"],
        userGroups=["Analysts"],
        databricksWorkspaceId="1234567890",
        secretKmsKeyId="alias/nope",
    )
    boto3.client("secretsmanager").create_secret(Name="cube-access/cube-dev", SecretString="x")
    people = sandbox.databricks.directory
    theirs = people.add("service_principal", "cube-dev", "5a4d0000-0000-4000-8000-0000000000ff")
    sandbox.databricks.warehouses.all[WAREHOUSE_ID].acl.clear()
    sandbox.journal.clear()
    report = examined(stack, monkeypatch)
    for about, words in {
        "schema main.nope": "it is not there, or the deployer cannot see it",
        "group Analysts": "is called 'analysts': write it so in userGroups",
        "workspace id": "not 1234567890: correct databricksWorkspaceId",
        "SQL warehouse": "has no owner",
        "secret": "of something that cube-access did not make, and not in this stack's state",
        "KMS key": "there is no KMS key alias/nope in eu-central-1",
    }.items():
        assert said(report, about).verdict == "do"
        assert words in said(report, about).what
    principal = said(report, "service principal")
    assert (principal.verdict, f"id {theirs.id}" in principal.what) == ("note", True)
    assert changes(sandbox) == []


def test_a_busy_cloud_is_no_finding(
    stack: Stack, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.faults.add(path="/sql/warehouses/", status=500, times=20)
    report = examined(stack, monkeypatch)
    line = said(report, "SQL warehouse")
    assert (line.verdict, report.exit_code) == ("unseen", 2)


def test_a_wrong_configuration_is_a_line(
    make_stack: Callable[..., Stack], sandbox: Sandbox
) -> None:
    stack = make_stack(redirectUris=["https://example.com:0/cb"])
    report = run.examine("dev", stack.folder, lambda _: None)
    assert report.exit_code == 1
    assert "has the port '0'" in said(report, "configuration").what
    assert said(report, "engine").verdict == "ok"
    assert len(sandbox.journal) == 0


def test_a_stack_that_is_not_there_yet(
    stack: Stack, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.must("stack", "rm", "--yes", "--preserve-config")
    report = examined(stack, monkeypatch)
    assert said(report, "state").what.endswith("has no stack dev yet: pulumi stack init dev")


def snowflake(sandbox: Sandbox, folder: Path, **changed: Any) -> Stack:
    stack = Stack(sandbox, folder / "project", "sandbox-snowflake", example("sandbox-snowflake"))
    stack.set(**changed)
    return stack


def test_snowflake_in_each_role(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = snowflake(sandbox, tmp_path, allowedCidrs=["203.0.113.0/24"])
    report = examined(stack, monkeypatch)
    signed_in = [line.what for line in report.lines if line.about == "Snowflake"]
    roles = ("ACCOUNTADMIN", "USERADMIN", "SECURITYADMIN", "SYSADMIN")
    assert signed_in == [f"signed in as DEPLOYER in role {role}" for role in roles]
    assert said(report, "database ANALYTICS").verdict == "ok"
    assert "let in" in said(report, "address").what
    assert "is not among them" in said(report, "allowedCidrs").what
    assert {line.verdict for line in report.lines} <= {"ok", "note"}
    assert statements(sandbox) <= {"SELECT", "SHOW"}
    assert changes(sandbox) == []


def test_snowflake_says_which_rights_lack_and_what_is_in_the_way(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = snowflake(
        sandbox,
        tmp_path,
        integrationRole="ANALYST",
        databases=["NOPE"],
        userRoles=["NOBODY"],
        snowflakeWarehouse="NOPE_WH",
    )
    by_hand().rows("CREATE USER CUBE_SANDBOX_SNOWFLAKE TYPE = SERVICE")
    by_hand().rows("GRANT ROLE ANALYST TO USER DEPLOYER")
    report = examined(stack, monkeypatch)
    for about, words in {
        "rights of ANALYST": 'GRANT CREATE INTEGRATION ON ACCOUNT TO ROLE "ANALYST"',
        "user": "CUBE_SANDBOX_SNOWFLAKE is there already, and not in this stack's state",
        "database NOPE": "is not there, or the deployer cannot see it",
        "role NOBODY": "correct userRoles",
        "warehouse NOPE_WH": "is not there",
    }.items():
        assert said(report, about).verdict == "do"
        assert words in said(report, about).what


def test_snowflake_without_a_key(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack = snowflake(sandbox, tmp_path)
    for name in ("SNOWFLAKE_PRIVATE_KEY", "SNOWFLAKE_USER"):
        monkeypatch.delenv(name)
    report = examined(stack, monkeypatch)
    assert said(report, "role SYSADMIN").verdict == "do"
    assert "SNOWFLAKE_PRIVATE_KEY" in said(report, "role SYSADMIN").what
    assert said(report, "account").verdict == "unseen"
    assert said(report, "AWS").verdict == "ok"
