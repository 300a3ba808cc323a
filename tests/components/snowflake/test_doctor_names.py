"""What `cube-access doctor` says of names that are taken, by what the state has. No sign-in."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from cube_access.doctor.applied import Applied
from cube_access.doctor.snowflake import MADE, _names
from cube_access.settings import SnowflakeSettings
from cube_access.snowflake.session import Session

EXTERNAL = "snowflake:index/externalOauthIntegration:ExternalOauthIntegration"


class Looker:
    """Has the integrations only."""

    def rows(self, statement: str) -> list[dict[str, Any]]:
        names = ("CUBE_EXTERNAL", "CUBE_CUBE_CLOUD") if "INTEGRATIONS" in statement else ()
        return [{"name": name} for name in names]


def said(applied: Applied) -> list[tuple[str, str]]:
    settings = cast(SnowflakeSettings, SimpleNamespace(object_name="CUBE"))
    lines = _names(settings, cast(Session, Looker()), applied, lambda _: None)
    return [(each.verdict, each.what) for each in lines if each.about == "integration"]


@pytest.mark.parametrize("name", ["CUBE_EXTERNAL", "CUBE_CUBE_CLOUD"])
def test_an_external_integration_of_the_state_is_this_stacks(name: str) -> None:
    applied = Applied([{"type": EXTERNAL, "id": name, "outputs": {"name": name}}])
    found = said(applied)
    assert ("ok", f"{name} is there, in this stack's state") in found
    assert [verdict for verdict, _ in found].count("do") == 1  # the other one, in no state


def test_another_types_resource_of_that_name_does_not_count() -> None:
    client = MADE["INTEGRATIONS"][""]
    applied = Applied([{"type": client, "id": "CUBE_EXTERNAL"}])
    assert [verdict for verdict, _ in said(applied)] == ["do", "do"]
