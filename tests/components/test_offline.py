"""The switch that says: sign in nowhere."""

from __future__ import annotations

import pytest

from cube_access.offline import VARIABLE, offline


@pytest.mark.parametrize(
    ("value", "off"),
    [("1", True), ("true", True), ("yes", True), ("", False), ("0", False), ("False", False)],
)
def test_whatever_is_no_clear_no_keeps_us_from_signing_in(
    monkeypatch: pytest.MonkeyPatch, value: str, off: bool
) -> None:
    monkeypatch.setenv(VARIABLE, value)
    assert offline() is off


def test_without_it_we_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert offline() is False
