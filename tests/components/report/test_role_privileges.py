"""A role's set of privileges in a report: each entry, and what was read otherwise than declared."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from cube_access.report import build, markdown, page, preview
from cube_access.report.model import Report
from tests.components.report.synthetic import (
    SET,
    digest,
    granted,
    grants,
    inputs,
    of_set,
    schemas,
    state,
    step,
)
from tests.components.report.test_recorded import privileges

USAGE = 'USAGE ON DATABASE "SALES"'
TABLES = 'SELECT ON ALL AND FUTURE TABLES IN SCHEMA "SALES"."MART"'
ONE = 'SELECT ON VIEW "SALES"."MART"."a.""b"""'
OPERATE = 'OPERATE ON WAREHOUSE "CUBE"'
OWNS = 'OWNERSHIP ON TABLE "SALES"."MART"."T"'
NAME = "cube-service-privileges"


@dataclass
class Made:
    """A preview of one set: what the state declares and read, what the program wants."""

    declared: Mapping[str, str] = field(default_factory=lambda: granted(USAGE, TABLES))
    found: Mapping[str, str] | None = None
    wanted: Mapping[str, str] | None = field(default_factory=lambda: granted(USAGE, TABLES))
    """None: it goes."""
    before: Mapping[str, Any] = field(default_factory=dict)
    """More of the state's."""
    mode: str = "revoke"
    refreshed: bool = False

    def report(self) -> Report:
        more = {"extraPrivileges": self.mode, **self.before}
        old = of_set(self.declared, self.found, NAME, **more)
        given = inputs(self.wanted or {}, extraPrivileges=self.mode)
        new = state(SET, NAME, given) if self.wanted is not None else None
        steps = [step("refresh", of_set(self.declared, None, NAME), old)] if self.refreshed else []
        op = "delete" if new is None else "update"
        steps.append(step(op, old, new))
        return build.from_live(preview.read([digest(*steps)]), "dev", "A preview")


def added(report: Report) -> set[str]:
    return privileges(report, "added", "removed")


def test_a_first_set_adds_every_entry() -> None:
    wanted = granted(USAGE, TABLES, ONE, 'USAGE ON DATABASE ROLE "SALES"."READER"')
    new = state(SET, NAME, inputs(wanted))
    reader = state(
        SET, "reader", inputs(granted('INHERITED SELECT ON ALL VIEWS IN DATABASE "SALES"'),
                              role='"SALES"."READER"', roleKind="DATABASE ROLE"),
    )  # fmt: skip
    report = build.from_live(
        preview.read([digest(step("create", None, new), step("create", None, reader))]), "dev", "x"
    )
    assert added(report) == {
        "added user CUBE_DEV: USAGE on database SALES",
        "added user CUBE_DEV: SELECT all tables on schema SALES.MART",
        "added user CUBE_DEV: SELECT future tables on schema SALES.MART",
        'added user CUBE_DEV: SELECT on table or view SALES.MART."a.""b"""',
        "added user CUBE_DEV: SELECT inherited views on database SALES",
    }
    via = {each.via for each in report.privileges}
    assert via == {("role CUBE_DEV",), ("role CUBE_DEV", "database role SALES.READER")}
    assert report.drift == []


def test_an_entry_that_comes_and_one_that_goes() -> None:
    report = Made(wanted=granted(USAGE, ONE)).report()
    assert added(report) == {
        'added user CUBE_DEV: SELECT on table or view SALES.MART."a.""b"""',
        "removed user CUBE_DEV: SELECT all tables on schema SALES.MART",
        "removed user CUBE_DEV: SELECT future tables on schema SALES.MART",
    }
    assert privileges(report, "kept") == {"kept user CUBE_DEV: USAGE on database SALES"}
    assert report.resources == {"updated": [f"snowflake:RolePrivileges {NAME} (privileges)"]}
    assert report.drift == []


def test_what_is_held_and_not_declared_goes_and_stands_on_top() -> None:
    found = {**granted(USAGE, TABLES), OPERATE: "not declared"}
    report = Made(found=found, refreshed=True).report()
    assert added(report) == {"removed user CUBE_DEV: OPERATE on warehouse CUBE"}
    assert report.drift == [
        f"role CUBE_DEV has {OPERATE}, which was there without being declared. This apply takes it "
        "away."
    ]
    top = markdown.render(report).partition("<details>")[0]
    assert "Not as declared:" in top
    assert "OPERATE ON WAREHOUSE" in top
    assert "was there without being declared" in page.render(report)


def test_what_is_declared_now_was_there_before() -> None:
    found = {**granted(USAGE, TABLES), ONE: "not declared"}
    report = Made(found=found, wanted=granted(USAGE, TABLES, ONE)).report()
    assert added(report) == set()
    (said,) = report.drift
    assert said.endswith("This apply keeps it, which is declared now.")


def test_what_lacks_something_and_what_is_away_is_put_back() -> None:
    lacks = 'lacks 1 of 3: "SALES"."MART"."T", and those to come'
    report = Made(found={TABLES: lacks}, refreshed=True).report()
    assert added(report) == {"added user CUBE_DEV: USAGE on database SALES"}
    assert report.drift == [
        f"role CUBE_DEV: {TABLES} {lacks}. This apply puts it back.",
        f"role CUBE_DEV does not have {USAGE}, which was declared. This apply puts it back.",
    ]


def test_a_role_that_holds_nothing_any_more_is_given_all_back() -> None:
    report = Made(found={}, refreshed=True).report()
    assert report.count("added") == 3
    assert len(report.drift) == 2


def test_what_is_only_told_of_stays() -> None:
    found = {**granted(USAGE, TABLES), ONE: "not declared"}
    report = Made(found=found, before={"extra": [OPERATE]}, mode="report").report()
    assert added(report) == set()
    assert "kept user CUBE_DEV: OPERATE on warehouse CUBE" in privileges(report, "kept")
    assert len(report.drift) == 2
    assert all(each.endswith("This apply leaves it.") for each in report.drift)


def test_what_cannot_be_revoked_stays() -> None:
    report = Made(before={"extra": [OWNS]}).report()
    assert added(report) == set()
    assert "kept user CUBE_DEV: OWNERSHIP on table or view SALES.MART.T" in privileges(
        report, "kept"
    )
    assert report.drift[0].endswith("This apply leaves it.")


def test_a_set_that_goes_takes_everything() -> None:
    found = {**granted(USAGE, TABLES), OPERATE: "not declared"}
    report = Made(found=found, wanted=None).report()
    assert {each.status for each in report.privileges} == {"removed"}
    assert report.count("removed") == 4


LOOKED = "this preview was made without --refresh"
ELSEWHERE = "What somebody granted without Pulumi, to others than role CUBE_DEV: "


def test_a_plain_preview_says_that_it_did_not_look() -> None:
    report = Made().report()
    (said,) = (each for each in report.unknown if LOOKED in each)
    assert said.startswith("What role CUBE_DEV holds live: ")
    assert not any(each.startswith(ELSEWHERE) for each in report.unknown)
    assert "made without" in markdown.render(report)


def test_a_refreshed_one_says_what_it_did_not_look_at_besides() -> None:
    report = Made(refreshed=True).report()
    assert not any(LOOKED in each for each in report.unknown)
    assert any(each.startswith(ELSEWHERE) for each in report.unknown)


def test_what_a_refresh_could_not_see_is_said() -> None:
    unseen = 'TABLES in SCHEMA "SALES"."MART" were not looked at: refused'
    report = Made(before={"notSeen": [unseen]}, refreshed=True).report()
    assert f"role CUBE_DEV: {unseen}" in report.unknown
    assert not any(each.startswith(ELSEWHERE) for each in report.unknown)


def test_a_set_that_is_not_known_yet_and_a_text_that_is_none_are_said() -> None:
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    odd = Made(found={**granted(USAGE, TABLES), "DANCE": "not declared"}).report()
    assert any("DANCE gives: it is not a grant that this report reads" in e for e in odd.unknown)
    new = state(SET, NAME, {**inputs({}), "privileges": unknown})
    report = build.from_live(preview.read([digest(step("create", None, new))]), "dev", "x")
    assert any(f"RolePrivileges {NAME} gives" in each for each in report.unknown)


def test_a_name_that_looks_like_a_credential_is_cut_out_of_an_entry() -> None:
    token = "dapi" + "0123456789abcdef" * 2
    text = f'SELECT ON TABLE "SALES"."MART"."{token}"'
    report = Made(found={**granted(USAGE, TABLES), text: "not declared"}, refreshed=True).report()
    for rendered in (markdown.render(report), page.render(report), json.dumps(report.document())):
        assert token not in rendered
        assert "[secret]" in rendered


def test_a_set_in_place_of_single_grants_changes_nobodys_privileges() -> None:
    wanted = granted(*schemas(3))
    gone = [step("delete", each, None) for each in grants(3)]
    new = step("create", None, state(SET, NAME, inputs(wanted)))
    report = build.from_live(preview.read([digest(new, *gone)]), "dev", "x")
    assert added(report) == set()
    assert report.count("kept") == len(gone)
    (hit,) = report.disruptions
    assert (hit.what, hit.how) == (f"{len(gone)} privileges of role CUBE_DEV", "removed")
    assert "out of the stack's state first (`pulumi state delete`)" in hit.hit


def test_single_grants_that_are_kept_where_they_are_end_nothing() -> None:
    gone = [step("delete", {**each, "retainOnDelete": True}, None) for each in grants(3)]
    new = step("create", None, state(SET, NAME, inputs(granted(*schemas(3)))))
    report = build.from_live(preview.read([digest(new, *gone)]), "dev", "x")
    assert report.disruptions == []


@pytest.mark.parametrize("kind", ["set", "grants"])
def test_a_thousand_schemas_are_reported_in_seconds(kind: str) -> None:
    """Processor time, which other tests at work do not stretch as they do the clock's."""
    if kind == "set":
        texts = schemas(1_000)
        old = of_set(granted(*texts[:1_500]))
        steps = [step("update", old, state(SET, old["id"], inputs(granted(*texts))))]
    else:
        steps = [step("same", each, each) for each in grants(1_000)]
    text = digest(*steps)
    start = time.process_time()
    report = build.from_live(preview.read([text]), "dev", "x")
    shown = [markdown.render(report), page.render(report), json.dumps(report.document())]
    assert time.process_time() - start < 10
    assert len(report.privileges) == 5_010
    assert all(shown)
