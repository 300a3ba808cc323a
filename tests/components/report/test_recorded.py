"""The report of each preview that matters, recorded from the real engine (record.py)."""

from __future__ import annotations

import json

import pytest

from cube_access.report import build, markdown, page, preview
from cube_access.report.model import Report
from cube_access.report.preview import Preview
from tests.components.report.record import EXPECTED, WAREHOUSES, names, recorded, recording


def privileges(report: Report, *statuses: str) -> set[str]:
    return {
        f"{each.status} {each.identity}: {each.privilege} {each.scope}".strip()
        + f" on {each.kind} {each.securable}"
        for each in report.privileges
        if each.status in statuses
    }


def test_every_scenario_is_recorded() -> None:
    wanted = [
        f"{warehouse}-{name}"
        for warehouse, (_, scenarios) in WAREHOUSES.items()
        for name in ("first-up", *(name for name, _ in scenarios))
    ]
    assert sorted(wanted) == names() == sorted(file.stem for file in EXPECTED.glob("*.md"))


@pytest.mark.parametrize("name", names())
def test_the_comment_is_the_expected_one(name: str) -> None:
    report = recorded(name)
    assert markdown.render(report) == (EXPECTED / f"{name}.md").read_text(), (
        "if meant: python -m tests.components.report.record --expected, and read the difference"
    )
    assert page.render(report).startswith("<!doctype html>")
    assert json.loads(json.dumps(report.document()))["version"] == 1


@pytest.mark.parametrize("name", names())
def test_what_stands_open_fits_a_screen(name: str) -> None:
    text = (EXPECTED / f"{name}.md").read_text()
    depth, seen = 0, 0
    for line in text.splitlines():
        depth += line.count("<details>")
        seen += bool(line.strip()) and depth == 0
        depth -= line.count("</details>")
    assert seen <= 40


@pytest.mark.parametrize("warehouse", list(WAREHOUSES))
def test_nothing_changed_says_so(warehouse: str) -> None:
    report = recorded(f"{warehouse}-nothing-changed")
    assert privileges(report, "added", "removed") == set()
    assert report.count("kept") == 10
    assert (report.settings, report.credentials, report.disruptions) == ([], [], [])
    assert (report.resources, report.stops, report.cube_py) == ({}, [], [])


@pytest.mark.parametrize("warehouse", list(WAREHOUSES))
def test_first_up_adds_everything_under_the_names_that_it_will_have(warehouse: str) -> None:
    report = recorded(f"{warehouse}-first-up")
    assert report.count("added") == len(report.privileges) == 10
    assert not [each for each in report.privileges if "not known" in each.identity]
    assert report.disruptions == []


def test_a_schema_that_is_added_shows_what_it_brings() -> None:
    databricks = recorded("databricks-schema-added")
    assert privileges(databricks, "added", "removed") == {
        "added service principal cube-dev: SELECT on schema main.hr",
        "added service principal cube-dev: USE_SCHEMA on schema main.hr",
    }
    snowflake = recorded("snowflake-schema-added")
    assert privileges(snowflake, "added", "removed") == {
        "added user CUBE_DEV: USAGE on schema ANALYTICS.HR",
        "added user CUBE_DEV: SELECT all tables on schema ANALYTICS.HR",
        "added user CUBE_DEV: SELECT all views on schema ANALYTICS.HR",
        "added user CUBE_DEV: SELECT future tables on schema ANALYTICS.HR",
        "added user CUBE_DEV: SELECT future views on schema ANALYTICS.HR",
    }
    assert {each.via for each in snowflake.privileges if each.status == "added"} == {
        ("role CUBE_DEV",)
    }
    for report, what in ((databricks, "present and future"), (snowflake, "created later")):
        (reached,) = (each for each in report.reach if each.status == "added")
        assert what in reached.text


def test_a_schema_that_is_removed_takes_what_it_brought() -> None:
    assert privileges(recorded("databricks-schema-removed"), "added", "removed") == {
        "removed service principal cube-dev: SELECT on table or view main.reference.countries",
        "removed service principal cube-dev: USE_SCHEMA on schema main.reference",
    }
    assert privileges(recorded("snowflake-schema-removed"), "added", "removed") == {
        "removed user CUBE_DEV: SELECT on table or view ANALYTICS.REFERENCE.COUNTRIES",
        "removed user CUBE_DEV: USAGE on schema ANALYTICS.REFERENCE",
    }


def test_what_somebody_granted_by_hand_stands_at_the_top() -> None:
    databricks = recorded("databricks-widened-by-hand")
    assert databricks.drift == [
        "service principal cube-dev has MODIFY on schema main.sales, which nothing here gave. "
        "This apply takes it away."
    ]
    snowflake = recorded("snowflake-widened-by-hand")
    assert "added user CUBE_DEV: INSERT all tables on schema ANALYTICS.HR" in privileges(
        snowflake, "added"
    )
    assert [each.resource for each in snowflake.violations] == ["by-hand"]
    top = markdown.render(snowflake).partition("<details>")[0]
    assert "read-only` is broken" in top
    assert "INSERT on all tables" in top


def test_a_rotation_names_the_credentials_and_nobody_is_cut_off() -> None:
    databricks, snowflake = recorded("databricks-rotation"), recorded("snowflake-rotation")
    assert databricks.credentials == ["OAuth secret v2 of the service account is made"]
    assert snowflake.credentials == [
        "OAuth client secret is rotated: paste the new one into Cube Cloud; the one before works "
        "until the next rotation",
        "key pair v2 of the service account is made",
    ]
    assert databricks.disruptions == snowflake.disruptions == []
    (ended,) = recorded("databricks-rotation-ends").disruptions
    assert (ended.what, ended.how) == ("OAuth secret v1", "removed")


@pytest.mark.parametrize(
    ("warehouse", "was", "people"),
    [("databricks", "5a4d0000000000b1", "group analysts"), ("snowflake", "COMPUTE_WH", "ANALYST")],
)
def test_a_swapped_warehouse_names_who_is_cut_off(warehouse: str, was: str, people: str) -> None:
    report = recorded(f"{warehouse}-warehouse-swapped")
    (hit,) = report.disruptions
    assert hit.what == f"use of warehouse {was}"
    assert people in hit.hit
    assert "new cube_env" in hit.hit


@pytest.mark.parametrize("warehouse", list(WAREHOUSES))
def test_a_changed_redirect_is_shown_in_full(warehouse: str) -> None:
    (setting,) = recorded(f"{warehouse}-redirect-changed").settings
    assert "redirect address" in setting.label
    assert setting.before == "https://example.cubecloud.dev/oauth/callback"
    assert setting.after == "https://other.cubecloud.dev/cb"


@pytest.mark.parametrize("warehouse", list(WAREHOUSES))
def test_a_replaced_app_says_who_is_signed_out(warehouse: str) -> None:
    (hit,) = recorded(f"{warehouse}-app-replaced").disruptions
    assert hit.how == "replaced"
    assert hit.hit.startswith("Everybody who uses Cube is signed out")
    assert hit.because == (("confidential",) if warehouse == "databricks" else ("oauthClientType",))


def test_a_guard_that_stops_the_preview_is_the_first_that_one_reads() -> None:
    report = recorded("databricks-app-protected")
    (stop,) = report.stops
    assert stop.startswith("confidential (True -> False): it replaces the OAuth app cube-dev.")
    assert privileges(report, "added", "removed") == set(), "what was not reached does not go"


def test_an_exception_is_shown_with_the_rule_that_it_is_from() -> None:
    report = recorded("snowflake-exception-used")
    assert report.violations == []
    assert [each.rule for each in report.verdicts] == ["exceptions-listed"]
    assert "INSERT all tables" in " ".join(privileges(report, "added")), "the grant is no secret"
    top = markdown.render(report).partition("<details>")[0]
    assert "grants-read-only" in top
    assert "data-platform" in top, "who answers for it"
    assert "2099-12-31" in top, "until when"


@pytest.mark.parametrize("warehouse", list(WAREHOUSES))
def test_a_destroy_says_what_ends(warehouse: str) -> None:
    report = recorded(f"{warehouse}-destroyed")
    assert report.count("removed") == len(report.privileges) == 10
    assert {each.how for each in report.disruptions} == {"removed"}
    assert report.disruptions[0].hit == "Nobody can sign in to Cube any more."
    assert not report.judged


def test_two_revisions_are_compared_by_what_both_would_make() -> None:
    before, after = (preview.read([recording("snowflake-first-up")]) for _ in range(2))
    report = build.from_offline(before, after, "dev", "a with b")
    assert privileges(report, "added", "removed") == set()
    assert (report.resources, report.settings, report.disruptions) == ({}, [], [])
    # A stack that is gone, and one that is new.
    assert build.from_offline(before, None, "dev", "a").count("removed") == 10
    assert build.from_offline(None, after, "dev", "a").count("added") == 10


def test_a_program_that_stops_takes_nothing_away() -> None:
    whole = preview.read([recording("snowflake-first-up")])
    stopped = Preview(steps=dict(list(whole.steps.items())[:5]), errors=["the reason"])
    report = build.from_offline(whole, stopped, "dev", "a with b")
    assert report.stops == ["the reason"]
    assert report.privileges == []
    assert any("stops before it has said all of it" in each for each in report.unknown)
    report = build.from_offline(stopped, whole, "dev", "a with b")
    assert report.stops == []
    assert report.count("added") == 10
    assert any("the reason" in each for each in report.warnings)


def test_cube_py_is_shown_as_its_difference() -> None:
    before = preview.read([recording("snowflake-first-up")])
    after = preview.read([recording("snowflake-first-up")])
    text = before.outputs[1]["cube_py"]
    after.outputs = (
        {},
        {**after.outputs[1], "cube_py": text.replace("SKEW_SECONDS = 120", "SKEW_SECONDS = 0")},
    )
    report = build.from_offline(before, after, "dev", "a with b")
    changed = [line for line in report.cube_py if line.startswith(("+S", "-S"))]
    assert changed == ["-SKEW_SECONDS = 120", "+SKEW_SECONDS = 0"]
    assert len(report.cube_py) < 15, "not the whole file"
    assert "1 lines added, 1 removed" in markdown.render(report)


def test_what_a_role_holds_otherwise_than_declared_stands_at_the_top() -> None:
    report = recorded("snowflake-held-by-hand")
    assert privileges(report, "added", "removed") == {
        "removed user CUBE_DEV: OPERATE on warehouse COMPUTE_WH",
        "added user CUBE_DEV: USAGE on schema ANALYTICS.REFERENCE",
    }
    extra, lacking, away = report.drift
    assert extra.endswith("was there without being declared. This apply takes it away.")
    assert 'lacks 1 of 2: "ANALYTICS"."SALES"."CUSTOMERS". This apply puts it back.' in lacking
    assert away.endswith("which was declared. This apply puts it back.")
    top = markdown.render(report).partition("<details>")[0]
    assert top.count("Not as declared") == 3


@pytest.mark.parametrize("name", ["nothing-changed", "schema-added"])
def test_a_plain_preview_of_roles_says_that_it_did_not_look(name: str) -> None:
    said = [each for each in recorded(f"snowflake-{name}").unknown if "without --refresh" in each]
    assert len(said) == 1
    assert said[0].startswith("What role CUBE_DEV and role CUBE_DEV_PEOPLE hold live: ")
    assert not any("without --refresh" in e for e in recorded("snowflake-held-by-hand").unknown)
