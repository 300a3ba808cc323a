"""What replaces a resource of ours, the plugin and the report say alike."""

from __future__ import annotations

import pytest

from cube_access.plugin.registry import LIFECYCLES
from cube_access.provider.definition import Definition
from cube_access.report import own
from cube_access.report.build import _replacing
from cube_access.report.meaning import TYPES
from cube_access.report.preview import Resource


@pytest.mark.parametrize(
    "definition", [each.definition for each in LIFECYCLES], ids=lambda each: each.token
)
def test_the_report_has_it_from_the_plugin(definition: Definition) -> None:
    kind = own.kind_of(definition.token)
    assert kind
    assert own.fixed(kind) == {name for name, each in definition.inputs.items() if each.replaces}
    assert kind not in TYPES or not TYPES[kind].fixed, "the plugin's schema says it"
    for name in definition.inputs:
        before, after = (
            Resource(f"urn::{definition.token}::x", definition.token, {name: value}, {})
            for value in ("before", "after")
        )
        assert _replacing(before, after) == ((name,) if definition.inputs[name].replaces else ())


def test_of_somebody_elses_the_plugin_says_nothing() -> None:
    assert own.fixed("snowflake:AccountRole") == frozenset()
