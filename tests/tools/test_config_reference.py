"""The generated reference is checked, so it cannot be forgotten."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tools import config_reference


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "docs").mkdir()
    shutil.copy(config_reference.ROOT / config_reference.PAGE, tmp_path / config_reference.PAGE)
    monkeypatch.setattr(config_reference, "ROOT", tmp_path)
    return tmp_path


def test_what_is_committed_is_up_to_date(copy: Path) -> None:
    assert config_reference.main(["--check"]) == 0


def test_a_page_that_differs_is_named_then_mended(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = copy / config_reference.PAGE
    good = file.read_text()
    file.write_text(good.replace("redirectUris", "redirectUri"))
    assert config_reference.main(["--check"]) == 1
    assert config_reference.PAGE in capsys.readouterr().err
    assert config_reference.main([]) == 0
    assert file.read_text() == good
