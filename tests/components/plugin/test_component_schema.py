"""The components in the package's schema."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic.alias_generators import to_camel

from cube_access.component.access import outputs
from cube_access.component.shapes import shapes
from cube_access.plugin.component_schema import (
    input_schema,
    output_schema,
    resource_schema,
    type_schemas,
)
from cube_access.plugin.construct import COMPONENTS, args_of, component
from tests.components import samples
from tests.components.harness import run, running
from tests.components.test_components import BY_KIND


@pytest.mark.parametrize("kind", COMPONENTS)
def test_the_schema_has_every_arg_and_output(kind: Any) -> None:
    schema = resource_schema(kind)
    args = shapes(args_of(kind))
    assert schema["isComponent"]
    assert schema["inputProperties"].keys() == {to_camel(arg) for arg in args}
    assert schema["requiredInputs"] == sorted(to_camel(a) for a, s in args.items() if s.required)
    for arg, shape in args.items():
        found = schema["inputProperties"][to_camel(arg)]
        assert found["description"], arg
        assert "pulumi config" not in found["description"]
        if not shape.nested:
            assert found.get("plain", False) == (shape.place == "nowhere"), arg
    config = BY_KIND[kind]
    with running():
        given: dict[str, Any] = run(
            lambda: outputs(component(kind)("cube", samples.by_configuration(config)))
        )
    assert schema["properties"].keys() == given.keys()
    types = type_schemas(kind)
    assert types["cube-access:index:OauthApp"]["properties"].keys() == given["oauthApp"].keys()
    account = types["cube-access:index:ServiceAccount"]["properties"]
    assert account.keys() == given["serviceAccount"].keys()
    refs = json.dumps([input_schema(kind), output_schema(kind)])
    assert all(f"#/types/{token}" in refs for token in types)


def test_what_is_secret_is_so_in_the_schema() -> None:
    external = input_schema("external")["inputProperties"]
    secret = {name for name, found in external.items() if found.get("secret")}
    assert secret == {"clientSecret", "password", "token"}
    snowflake = input_schema("snowflake")["inputProperties"]
    assert snowflake["externalOauthClientSecret"]["secret"]
    key = type_schemas("snowflake")["cube-access:index:SnowflakeSignIn"]["properties"]["privateKey"]
    assert key["secret"]
    assert "plain" not in key
    assert output_schema("external")["properties"]["cubeEnv"]["secret"]
