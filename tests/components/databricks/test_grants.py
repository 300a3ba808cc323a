"""What reading takes, and that nothing else can be expressed."""

from __future__ import annotations

from cube_access.databricks.grants import reading


def test_a_schema_takes_three_privileges_on_two_securables() -> None:
    assert reading(["main.sales"], []) == {
        "main": ("USE_CATALOG",),
        "main.sales": ("SELECT", "USE_SCHEMA"),
    }


def test_a_table_does_not_open_its_schema() -> None:
    assert reading([], ["main.hr.people"]) == {
        "main": ("USE_CATALOG",),
        "main.hr": ("USE_SCHEMA",),
        "main.hr.people": ("SELECT",),
    }


def test_each_securable_appears_once_with_its_full_list() -> None:
    got = reading(["main.sales", "raw.events"], ["main.sales.orders", "main.hr.people"])
    assert got["main.sales"] == ("SELECT", "USE_SCHEMA")
    assert got["main"] == got["raw"] == ("USE_CATALOG",)
    assert list(got) == sorted(got), "the order must not depend on the configuration's"


def test_only_read_privileges_come_out() -> None:
    got = reading(["a.b", "c.d"], ["e.f.g"])
    assert {privilege for granted in got.values() for privilege in granted} == {
        "USE_CATALOG",
        "USE_SCHEMA",
        "SELECT",
    }
