"""Whose a group's entry on a SQL warehouse is: judged on what was there before. No engine."""

from __future__ import annotations

from typing import Any

import pytest

from cube_access.databricks.permission import PermissionLifecycle, PriorEntriesLifecycle
from sandbox import Sandbox
from sandbox.databricks.world import WAREHOUSE_ID, WORKSPACE_HOST
from tests.helpers import Heard

PLACE = {"host": WORKSPACE_HOST, "objectType": "warehouses", "objectId": WAREHOUSE_ID}
ENTRY = {**PLACE, "kind": "group_name", "principal": "finance"}


@pytest.fixture
def acl(sandbox: Sandbox) -> dict[str, str]:
    return sandbox.databricks.warehouses.all[WAREHOUSE_ID].acl


def levels(sandbox: Sandbox) -> dict[str, str]:
    return sandbox.databricks.warehouses.all[WAREHOUSE_ID].acl


def prior(*groups: str) -> dict[str, Any]:
    return PriorEntriesLifecycle().create({**PLACE, "groups": list(groups)})[1]


def added(without: list[str] | None, heard: Heard | None = None) -> dict[str, Any]:
    more = {} if without is None else {"without": without}
    return PermissionLifecycle(voice=heard or Heard()).create({**ENTRY, **more})[1]


class TestWhatWasThere:
    def test_of_those_that_are_named(self, acl: dict[str, str]) -> None:
        acl["engineers"] = "CAN_MANAGE"
        assert prior("finance", "analysts")["without"] == ["finance"]

    def test_a_group_that_is_named_later_is_looked_at_then(self, acl: dict[str, str]) -> None:
        olds = prior("finance", "analysts")
        acl["finance"] = "CAN_USE"
        news = {**PLACE, "groups": ["finance", "analysts", "engineers", "people"]}
        made = PriorEntriesLifecycle().update("", olds, news)
        assert made["without"] == ["finance", "people"], "finance has ours, engineers had one"

    @pytest.mark.parametrize(
        ("left", "named"), [("analysts", False), ("finance", True), ("", False)]
    )
    def test_at_the_end_what_was_not_there_before_is_named(
        self, acl: dict[str, str], left: str, named: bool
    ) -> None:
        olds = prior("finance", "analysts")
        # Left out of the configuration again after an `up` that was cut off.
        olds = PriorEntriesLifecycle().update("", olds, {**PLACE, "groups": ["analysts"]})
        acl |= {left: "CAN_USE"} if left else {}
        heard = Heard()
        PriorEntriesLifecycle(voice=heard).delete("", olds)
        assert [left in text for text in heard.warnings] == [True] * named
        assert not left or acl[left] == "CAN_USE", "it stays"

    @pytest.mark.parametrize("status", [403, 401])
    def test_a_look_that_fails_holds_no_destroy_up(self, sandbox: Sandbox, status: int) -> None:
        olds = prior("finance")
        sandbox.faults.add(path="/permissions/warehouses/", status=status, times=99)
        heard = Heard()
        PriorEntriesLifecycle(voice=heard).delete("", olds)
        (said,) = heard.warnings
        assert said.startswith("not looked at:")

    def test_the_end_of_a_warehouse_that_is_gone(self, sandbox: Sandbox) -> None:
        olds = prior("finance")
        sandbox.databricks.warehouses.all.clear()
        heard = Heard()
        PriorEntriesLifecycle(voice=heard).delete("", olds)
        assert heard.warnings == []


class TestAnEntry:
    def test_that_was_not_there_is_ours(self, sandbox: Sandbox) -> None:
        assert added(["finance"])["ours"] is True
        assert levels(sandbox)["finance"] == "CAN_USE"

    def test_of_a_run_that_was_cut_off_counts_as_ours_and_that_is_said(
        self, acl: dict[str, str]
    ) -> None:
        acl["finance"] = "CAN_USE"
        heard = Heard()
        assert added(["finance"], heard)["ours"] is True
        (said,) = heard.warnings
        assert "`destroy` removes it" in said

    @pytest.mark.parametrize(
        ("level", "without"),
        [
            pytest.param("CAN_USE", ["analysts"], id="it had one before"),
            pytest.param("CAN_USE", None, id="what was there before is not known"),
            pytest.param("CAN_MANAGE", ["finance"], id="it holds more than we give"),
        ],
    )
    def test_of_others_is_not_ours(
        self, acl: dict[str, str], level: str, without: list[str] | None
    ) -> None:
        acl["finance"] = level
        heard = Heard()
        made = added(without, heard)
        assert made["ours"] is False
        assert heard.warnings == []
        PermissionLifecycle().delete("", made)
        assert acl["finance"] == level

    def test_that_shows_the_warehouse_only_is_raised_and_given_back(
        self, acl: dict[str, str], sandbox: Sandbox
    ) -> None:
        acl["finance"] = "CAN_VIEW"
        assert PermissionLifecycle().read("", ENTRY) is None, "the next `up` raises it"
        made = added([])
        assert levels(sandbox)["finance"] == "CAN_USE"
        assert PermissionLifecycle().read("", made) == made
        PermissionLifecycle().delete("", made)
        assert levels(sandbox)["finance"] == "CAN_VIEW"

    def test_whose_it_is_does_not_change_later(self) -> None:
        olds = {**ENTRY, "ours": True}
        news = {**ENTRY, "without": ["finance"]}
        assert PermissionLifecycle().diff("", olds, news).changed == []
