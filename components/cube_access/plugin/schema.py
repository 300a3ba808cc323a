"""The package's schema, from the definitions of the resources and of the components.

Usage: python -m cube_access.plugin.schema [--check]; with --check it writes nothing, and fails if
schema.json is not what it would write.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from cube_access import __version__
from cube_access.plugin.component_schema import resource_schema, type_schemas
from cube_access.plugin.construct import TOKENS
from cube_access.plugin.registry import LIFECYCLES
from cube_access.plugin.servicer import SCHEMA
from cube_access.provider import configuration
from cube_access.provider.definition import PACKAGE, Definition, Property


def _property(name: str, each: Property) -> dict[str, Any]:
    found: dict[str, Any] = {**each.type, "description": each.description}
    if each.secret:
        found["secret"] = True
    if each.replaces:
        found["willReplaceOnChanges"] = True
    return found


def _properties(properties: Mapping[str, Property]) -> dict[str, Any]:
    return {name: _property(name, each) for name, each in properties.items()}


def resource(definition: Definition) -> dict[str, Any]:
    """One resource, as Pulumi's schema has it."""
    kept = {k: v for k, v in definition.inputs.items() if k not in definition.dropped}
    outputs = {**kept, **definition.outputs}
    return {
        "description": definition.description,
        "inputProperties": _properties(definition.inputs),
        "requiredInputs": sorted(k for k, v in definition.inputs.items() if not v.optional),
        "properties": {
            name: {k: v for k, v in each.items() if k != "willReplaceOnChanges"}
            for name, each in _properties(outputs).items()
        },
        "required": sorted(k for k, v in outputs.items() if not v.optional),
    }


def schema() -> dict[str, Any]:
    """The whole package."""
    resources = {each.definition.token: resource(each.definition) for each in LIFECYCLES}
    resources |= {token: resource_schema(kind) for token, kind in TOKENS.items()}
    return {
        "name": PACKAGE,
        "version": __version__,
        "displayName": "cube-access",
        "description": "Safe access for Cube (cube.dev) to a warehouse.",
        "keywords": ["pulumi", "cube", "databricks", "snowflake", "category/utility"],
        "config": {"variables": _properties(configuration.PROPERTIES)},
        "provider": {
            "description": "How the plugin signs in where the environment shall not decide.",
            "inputProperties": _properties(configuration.PROPERTIES),
        },
        "types": {
            token: each for kind in TOKENS.values() for token, each in type_schemas(kind).items()
        },
        "resources": dict(sorted(resources.items())),
        "language": {
            "nodejs": {"respectSchemaVersion": True},
            "python": {"respectSchemaVersion": True, "pyproject": {"enabled": True}},
        },
    }


def main(arguments: list[str]) -> int:
    text = json.dumps(schema(), indent=2) + "\n"
    if arguments == ["--check"]:
        if not SCHEMA.exists() or SCHEMA.read_text(encoding="utf-8") != text:
            print(f"{SCHEMA.name} is stale: run `make docs`", file=sys.stderr)
            return 1
        return 0
    SCHEMA.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
