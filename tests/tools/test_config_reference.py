"""The generated reference is checked, so it cannot be forgotten."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tools import config_reference


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "docs").mkdir()
    for name in ("Pulumi.yaml", "docs/configuration.md"):
        shutil.copy(config_reference.ROOT / name, tmp_path / name)
    monkeypatch.setattr(config_reference, "ROOT", tmp_path)
    return tmp_path


def test_what_is_committed_is_up_to_date(copy: Path) -> None:
    assert config_reference.main(["--check"]) == 0


@pytest.mark.parametrize("name", ["Pulumi.yaml", "docs/configuration.md"])
def test_a_file_that_differs_is_named_then_mended(
    copy: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    file = copy / name
    good = file.read_text()
    file.write_text(good.replace("redirectUris", "redirectUri"))
    assert config_reference.main(["--check"]) == 1
    assert name in capsys.readouterr().err
    assert config_reference.main([]) == 0
    assert file.read_text() == good
