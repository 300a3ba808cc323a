"""What lines mean together, and how they are shown."""

from __future__ import annotations

import pytest

from cube_access.verify.findings import DEPLOYER, SERVICE_ACCOUNT, Line, Report, Verdict
from cube_access.verify.show import table


def line(verdict: Verdict, what: str = "a thing", *, through: str = "", fix: str = "") -> Line:
    return Line(
        verdict=verdict, what=what, shown="grants", by=SERVICE_ACCOUNT, through=through, fix=fix
    )


def report(*lines: Line, accept_everybody: bool = False) -> Report:
    return Report(
        stack="prod",
        component="cube",
        warehouse="snowflake",
        account="MYORG-PROD",
        identity="CUBE_PROD",
        deployer="",
        verified_at="2026-01-02T03:04:05Z",
        lines=lines,
        accept_everybody=accept_everybody,
    )


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([line("ok"), line("note")], 0),
        ([line("ok"), line("extra")], 1),
        ([line("ok"), line("lack")], 1),
        ([line("ok"), line("unseen")], 2),
        ([line("unseen"), line("extra")], 1),
        ([], 2),
    ],
)
def test_the_exit_code_says_clean_findings_or_unchecked(lines: list[Line], code: int) -> None:
    assert report(*lines).exit_code == code


@pytest.mark.parametrize("through", ["PUBLIC", "account users", "users"])
def test_what_comes_to_everybody_counts_unless_it_is_accepted(through: str) -> None:
    found = line("extra", through=through)
    assert report(line("ok"), found).exit_code == 1
    accepted = report(line("ok"), found, accept_everybody=True)
    assert accepted.exit_code == 0
    assert "accepted" in table(accepted)
    ours = line("extra", through="role HELPERS")
    assert report(ours, accept_everybody=True).exit_code == 1


def test_a_lack_counts_however_much_is_accepted() -> None:
    assert report(line("lack", through="PUBLIC"), accept_everybody=True).exit_code == 1


def test_the_json_has_who_when_and_the_verdict() -> None:
    got = report(line("ok"), line("extra", fix="REVOKE x;")).as_json()
    assert got["verified_at"] == "2026-01-02T03:04:05Z"
    assert got["component"] == "cube"
    assert (got["stack"], got["account"], got["identity"]) == ("prod", "MYORG-PROD", "CUBE_PROD")
    assert (got["result"], got["exit_code"]) == ("findings", 1)
    assert [(each["verdict"], each["counted"]) for each in got["lines"]] == [
        ("ok", False),
        ("extra", True),
    ]


def test_the_worst_stands_on_top_and_a_fix_is_in_one_piece() -> None:
    fix = f"REVOKE SELECT ON TABLE {'X' * 200} FROM ROLE R;"
    text = table(report(line("ok", "fine"), line("extra", "too much", fix=fix)), colour=False)
    assert text.index("too much") < text.index("fine")
    assert fix in text.splitlines()[4]
    assert text.endswith("not as declared: 1 ok, 1 extra")
    assert "\033" not in text


def test_the_table_says_who_looked() -> None:
    shown = Line(verdict="ok", what="x", shown="grants", by=DEPLOYER)
    assert "grants, deployer" in table(report(shown), colour=False)


def test_the_table_is_plain_where_nobody_sees_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\033" in table(report(line("ok")))
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\033" not in table(report(line("ok")))
