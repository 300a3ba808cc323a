"""What stops a verification before it begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cube_access import stack as stacks
from cube_access.declared import declaration
from cube_access.explained import ExplainedError
from cube_access.stack import Component
from cube_access.verify.deployed import read
from tests.components.roles.test_files import settings

ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:cube-access/cube-prod-AbCdEf"


def having(monkeypatch: pytest.MonkeyPatch, declared: dict[str, Any], arn: str) -> None:
    outputs = {
        "declaration": declared,
        "serviceAccount": {"id": "CUBE_PROD", "privileges": []},
        "secretArn": arn,
    }
    found = Component(stack="prod", name="cube", outputs=outputs, children=[])
    monkeypatch.setattr(stacks, "component", lambda *_: found)


def test_an_aws_profile_that_is_not_here_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    having(monkeypatch, declaration(settings("sandbox-snowflake", awsProfile="elsewhere")), ARN)
    with pytest.raises(ExplainedError, match=r"cannot be read: .*\(elsewhere\)"):
        read("prod", tmp_path)


def test_nothing_stored_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    having(monkeypatch, declaration(settings("sandbox-snowflake")), "")
    with pytest.raises(ExplainedError, match="cube of stack prod stores no credential"):
        read("prod", tmp_path)


def test_a_declaration_of_another_version_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    having(monkeypatch, {**declaration(settings("sandbox-snowflake")), "newer": 1}, ARN)
    with pytest.raises(ExplainedError, match="newer cannot be read"):
        read("prod", tmp_path)
