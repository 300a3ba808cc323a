"""What is no more than reading in Unity Catalog, verify, the report and the pack say alike."""

from __future__ import annotations

import pytest

from cube_access.databricks.grants import reading
from cube_access.facts.unity import READING, WAY, privilege
from cube_access.report.access import Access, Names
from cube_access.report.databricks import READERS
from cube_access.report.preview import Resource
from tests.policies.cases.types import GRANT, GRANT_GOOD
from tests.policies.harness import Resource as Judged
from tests.policies.harness import judge, rules_of


@pytest.mark.parametrize("text", ["USE_CATALOG", "use catalog", "Use  Catalog"])
def test_a_privilege_is_one_however_it_is_written(text: str) -> None:
    assert privilege(text) == "USE_CATALOG"
    inputs = {"principal": "readers", "catalog": "main", "privileges": [text]}
    resource = Resource(f"urn::{GRANT}::x", GRANT, inputs, {})
    access = Access()
    READERS["databricks:Grant"](resource, Names([resource]), access)
    assert {each.privilege for each in access.grants} == {"USE_CATALOG"}
    assert not rules_of(judge(Judged(type=GRANT, props={**GRANT_GOOD, "privileges": [text]})))


@pytest.mark.parametrize("name", [*sorted(READING), "MODIFY", "ALL_PRIVILEGES", "MANAGE"])
def test_the_pack_lets_reading_through_and_nothing_else(name: str) -> None:
    said = rules_of(judge(Judged(type=GRANT, props={**GRANT_GOOD, "privileges": [name]})))
    assert said == (set() if name in READING else {"grants-read-only"})


def test_what_we_grant_is_reading() -> None:
    granted = {each for some in reading(["a.b"], ["c.d.e"]).values() for each in some}
    assert granted <= READING
    assert "SELECT" not in WAY
