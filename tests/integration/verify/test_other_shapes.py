"""Environments that hold their grants, or sign in, another way than the examples do: no false
alarm, and what is wrong there is found.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cube_access.verify.findings import Line
from cube_access.verify.run import Asked, verify
from sandbox import Sandbox
from tests.integration.verify.conftest import findings
from tools.snowflake_client import by_hand
from tools.stacks import Stack, example


def look(stack: Stack) -> list[Line]:
    """What the deployer finds."""
    report = verify(stack.name, stack.folder, lambda _: None, asked=Asked(deployer=True))
    assert any(line.verdict == "ok" for line in report.lines)
    return findings(report.lines)


@pytest.fixture
def snowflake(sandbox: Sandbox, tmp_path: Path) -> Callable[..., Stack]:
    def make(**changes: object) -> Stack:
        stack = Stack(sandbox, tmp_path / "project", "dev", example("sandbox-snowflake"))
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
