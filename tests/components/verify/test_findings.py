"""What lines mean together, and how they are shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from cube_access.verify.findings import DEPLOYER, SERVICE_ACCOUNT, Line, Report, Verdict
from cube_access.verify.looks import line as of
from cube_access.verify.looks import told
from cube_access.verify.run import _vain
from cube_access.verify.show import table


def line(
    verdict: Verdict, what: str = "a thing", *, through: str = "", fix: str = "", name: str = ""
) -> Line:
    return of(verdict, what, SERVICE_ACCOUNT, fix, shown="grants", through=through, name=name)


def report(*lines: Line, accept_everybody: bool = False, unseen: Sequence[str] = ()) -> Report:
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
        unseen=unseen,
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


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        ((), 2),
        (("D.S.V",), 0),
        (("D.S",), 0),
        (("D",), 0),
        (("D.S.V2", "D.S2", "d", ""), 2),
    ],
)
def test_what_was_not_seen_is_accepted_by_its_name_or_its_place(
    accepted: tuple[str, ...], code: int
) -> None:
    found = report(line("ok"), line("unseen", name="D.S.V"), unseen=accepted)
    assert found.exit_code == code
    assert ("[accepted]" in table(found)) is (code == 0)
    said = found.summary().endswith("1 not seen; accepted without being seen: D.S.V")
    assert said is (code == 0)
    assert [each["accepted"] for each in found.as_json()["lines"]] == [False, code == 0]


def test_what_is_accepted_in_vain_is_noted() -> None:
    lines = [line("unseen", name="D.S.V"), line("ok", name="D.T.V")]
    assert [each.verdict for each in _vain(["D.S"], lines)] == []
    (note,) = _vain(["D.S", "D.T"], lines)
    assert (note.verdict, note.what.partition(" in this run")[0]) == (
        "note",
        "--accept D.T accepts nothing",
    )


def test_a_workspace_is_no_catalog_of_that_name() -> None:
    for accepted, name in (
        ("workspace", "workspace:7"),
        ("manager:users/jane", "manager:users/jane.doe@example.com"),
    ):
        assert report(line("unseen", name=name), unseen=[accepted]).exit_code == 2
        assert report(line("unseen", name=name), unseen=[name]).exit_code == 0


def test_what_has_no_name_is_never_accepted_unseen() -> None:
    assert report(line("unseen"), unseen=["", "a thing"]).exit_code == 2
    assert report(line("extra", name="D.S.V"), unseen=["D.S.V"]).exit_code == 1


def test_a_sentence_is_no_statement_to_run() -> None:
    found = report(of("extra", "x", SERVICE_ACCOUNT, hint="Ask its owner. " * 20))
    (told,) = found.as_json()["lines"]
    assert (told["fix"], told["hint"]) == ("", found.lines[0].hint)
    shown = table(found, colour=False)
    assert "           Ask its owner." in shown
    assert all(len(each) <= 110 for each in shown.splitlines())


def test_a_look_that_ends_early_keeps_what_it_saw() -> None:
    def look() -> Iterator[Line]:
        yield line("extra")
        raise ValueError("refused")

    found = list(told("keys", DEPLOYER, look, (ValueError,), str, shown="settings", name="keys"))
    assert [(each.verdict, each.what) for each in found] == [
        ("extra", "a thing"),
        ("unseen", "keys: refused"),
    ]
    assert found[1].name == "keys"
    with pytest.raises(ValueError, match="refused"):
        list(told("keys", DEPLOYER, look, (KeyError,), str, shown="settings"))


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
