"""The root program, a Python program and one in another language ask for the same."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic.alias_generators import to_camel

from cube_access.plugin.construct import component, construct
from tests.components import samples
from tests.components.harness import Engine, built


def comparable(engine: Engine) -> dict[str, Any]:
    """All that is sent; only the words for people differ by who called."""
    texts = re.compile(r"cube-access:(?=[a-z])")

    def cleaned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: cleaned(each) for key, each in value.items() if key != "remedy"}
        if isinstance(value, list):
            return [cleaned(each) for each in value]
        return texts.sub("", value) if isinstance(value, str) else value

    return {key: cleaned(inputs) for key, inputs in engine.inputs.items()}


@pytest.mark.parametrize("shape", samples.SHAPES)
def test_configuration_args_and_properties_ask_for_the_same(shape: str) -> None:
    config = samples.SHAPES[shape]
    kind: Any = config["warehouse"]
    given = samples.values(config)
    wire = {to_camel(key): value for key, value in given.items()}
    by_root = built(lambda: component(kind)("cube", samples.by_configuration(config)))
    by_args = built(lambda: component(kind)("cube", samples.args(kind, given)))
    by_wire = built(lambda: construct(kind, "cube", wire)[0])
    assert by_root.urns == by_args.urns == by_wire.urns
    assert comparable(by_root) == comparable(by_args) == comparable(by_wire)
    assert len(by_root.urns) >= 3
