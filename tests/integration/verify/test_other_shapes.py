"""Environments that hold their grants, or sign in, another way than the examples do: no false
alarm, and one excess of that way's own is found.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from components.settings import DatabricksSettings, SnowflakeSettings
from sandbox import Sandbox
from tests.integration.conftest import Stack, example
from tests.integration.snowflake.conftest import by_hand
from tools.verify.databricks.verification import verify as verify_databricks
from tools.verify.deployed import read
from tools.verify.findings import Line
from tools.verify.snowflake.verification import verify as verify_snowflake


def look(stack: Stack) -> list[Line]:
    """What is extra, lacking or unseen, as the deployer sees it."""
    deployed = read(stack.name, stack.folder)
    settings = deployed.settings
    if isinstance(settings, SnowflakeSettings):
        lines = verify_snowflake(deployed, settings, as_deployer=True, step=lambda _: None)
    else:
        assert isinstance(settings, DatabricksSettings)
        lines = verify_databricks(deployed, settings, as_deployer=True, step=lambda _: None)
    assert any(line.verdict == "ok" for line in lines)
    return [line for line in lines if line.verdict in ("extra", "lack", "unseen")]


@pytest.fixture
def snowflake(sandbox: Sandbox, tmp_path: Path) -> Callable[..., Stack]:
    def make(**changes: object) -> Stack:
        stack = Stack(sandbox, tmp_path / "project", "dev", example("dev-snowflake"))
        stack.set(**changes)
        stack.apply()
        return stack

    return make


def test_a_database_role_holds_the_grants(snowflake: Callable[..., Stack]) -> None:
    stack = snowflake(grantTo="database-role")
    assert look(stack) == []
    insert = "INSERT ON TABLE ANALYTICS.SALES.ORDERS"
    by_hand().rows(f"GRANT {insert} TO DATABASE ROLE ANALYTICS.CUBE_DEV")
    (line,) = look(stack)
    assert line.what.startswith(insert)
    by_hand().rows(line.fix.removesuffix(";"))
    assert look(stack) == []


def test_anothers_future_grants_shadow_ours(snowflake: Callable[..., Stack]) -> None:
    """What is made from then on in that schema is not readable: it is said before it happens."""
    stack = snowflake(schemas=None, databases=["ANALYTICS"], tables=None)
    assert look(stack) == []
    by_hand().rows("GRANT SELECT ON FUTURE TABLES IN SCHEMA ANALYTICS.HR TO ROLE ENGINEER")
    assert [line.verdict for line in look(stack)] == ["lack"]


def test_a_personal_access_token_signs_in(make_stack: Callable[..., Stack]) -> None:
    stack = make_stack(credential="pat")
    stack.apply()
    assert look(stack) == []
