"""The deployer signs in to Snowflake as `pulumi up` does, whoever looks in its name."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import snowflake.connector

from cube_access.verify.deployed import CannotCheckError
from cube_access.verify.snowflake import session
from cube_access.verify.snowflake.verification import _eyes
from tests.components.test_snowflake_settings import settings


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[dict[str, Any]]:
    """What the connector is asked for; nothing says who signs in, yet."""
    for name in ("USER", "PRIVATE_KEY", "PASSWORD", "PROFILE", "ROLE", "TOKEN", "AUTHENTICATOR"):
        monkeypatch.delenv(f"SNOWFLAKE_{name}", raising=False)
    monkeypatch.setenv("SNOWFLAKE_CONFIG_PATH", str(tmp_path / "config"))
    found: list[dict[str, Any]] = []

    def connect(**arguments: Any) -> Any:
        found.append(arguments)
        return object()

    monkeypatch.setattr(snowflake.connector, "connect", connect)
    return found


def profile(tmp_path: Path) -> None:
    (tmp_path / "config").write_text('[default]\nuser = "ME"\npassword = "planted"\n')


@pytest.mark.parametrize(
    ("deployer_role", "roles"),
    [("per-task", ['"SECURITYADMIN"', '"ACCOUNTADMIN"']), ("sign-in", [None])],
)
def test_by_a_profile_and_in_the_roles_of_the_tasks(
    asked: list[dict[str, Any]], tmp_path: Path, deployer_role: str, roles: list[str | None]
) -> None:
    profile(tmp_path)
    _eyes(settings(deployerRole=deployer_role), lambda _: None, ExitStack())
    assert {(each["user"], each["password"]) for each in asked} == {("ME", "planted")}
    assert [each.get("role") for each in asked] == roles


def test_nobody_is_told_apart_from_a_refusal(asked: list[dict[str, Any]]) -> None:
    with pytest.raises(CannotCheckError, match="or a profile"):
        session.deployers("ORG-ACCOUNT", "", lambda _: None)
    assert not asked


def test_a_profile_that_is_not_there_is_said(
    asked: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SNOWFLAKE_PROFILE", "elsewhere")
    with pytest.raises(CannotCheckError, match="cannot sign in: there is no profile elsewhere"):
        session.deployers("ORG-ACCOUNT", "", lambda _: None)
    assert not asked
