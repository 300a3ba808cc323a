"""Clouds that are put back: into their own sandbox, and into another one."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest

from sandbox import Sandbox
from tools.faults.clouds import Clouds
from tools.snowflake_client import by_hand
from tools.stacks import enter

KEY = "SNOWFLAKE_PRIVATE_KEY"
ORDERS = "SELECT count(*) FROM ANALYTICS.SALES.ORDERS"


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Clouds, str, int]:
    """Clouds with a principal, a role and a secret more; that sandbox has ended."""
    with Sandbox(tmp_path / "one") as sandbox, pytest.MonkeyPatch.context() as patch:
        enter(sandbox, patch)
        who = sandbox.databricks.directory.add("service_principal", "kept", "an-application-id")
        by_hand().rows("CREATE ROLE KEPT")
        boto3.client("secretsmanager").create_secret(Name="kept", SecretString="x")
        clouds = Clouds(sandbox)
        sandbox.databricks.directory.remove(who)
        by_hand().rows("DROP ROLE KEPT")
        boto3.client("secretsmanager").create_secret(Name="later", SecretString="x")
        clouds.put_back()
        assert_kept(sandbox)
        by_hand().rows("DROP ROLE KEPT")
        key = sandbox.env[KEY]
    return clouds, key, who.id


def assert_kept(sandbox: Sandbox) -> None:
    assert by_hand().rows("SHOW ROLES LIKE 'KEPT'")
    listed = boto3.client("secretsmanager").list_secrets()["SecretList"]
    assert [each["Name"] for each in listed] == ["kept"]
    names = [each.display_name for each in sandbox.databricks.directory.principals.values()]
    assert names.count("kept") == 1


def test_another_sandbox_has_all_of_it_and_shares_nothing(
    saved: tuple[Clouds, str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clouds, key, kept = saved
    for number in (1, 2):
        with Sandbox(tmp_path / f"two-{number}") as sandbox:
            enter(sandbox, monkeypatch)
            clouds.put_back(sandbox)
            monkeypatch.setenv(KEY, key)
            assert_kept(sandbox)
            assert by_hand("SYSADMIN").value(ORDERS) == 4
            # What a test does to them is not there in the next one, and no number is given twice.
            by_hand().rows("DROP ROLE KEPT")
            by_hand("SYSADMIN").rows("CREATE TABLE ANALYTICS.SALES.LATER AS SELECT 7 AS X")
            assert by_hand("SYSADMIN").value("SELECT X FROM ANALYTICS.SALES.LATER") == 7
            added = sandbox.databricks.directory.add("service_principal", "new", f"id-{number}")
            assert added.id != kept
            assert sandbox.databricks.access.directory is sandbox.databricks.directory
