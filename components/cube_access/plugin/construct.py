"""Components for programs in other languages: from the properties that a YAML or TypeScript program
gives, to the component and what it gives back. The schema that says so is `component_schema.py`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import pulumi
from pydantic.alias_generators import to_camel

import cube_access
from cube_access.component.access import Access, outputs
from cube_access.component.caller import Caller, Kind
from cube_access.component.reader import Reader
from cube_access.component.shapes import AccessArgs, shapes

COMPONENTS: Mapping[Kind, str] = {
    "databricks": "DatabricksAccess",
    "snowflake": "SnowflakeAccess",
    "external": "ExternalAccess",
}
TOKENS: Mapping[str, Kind] = {
    f"cube-access:index:{component}": kind for kind, component in COMPONENTS.items()
}
"""The kind of each component, by its token in the schema."""


def component(kind: Kind) -> type[Access[Any]]:
    """The class. Loads the warehouse's SDK."""
    found: type[Access[Any]] = getattr(cube_access, COMPONENTS[kind])
    return found


def args_of(kind: Kind) -> type[AccessArgs]:
    """The class of its args. Loads no warehouse's SDK."""
    found: type[AccessArgs] = getattr(cube_access, f"{COMPONENTS[kind]}Args")
    return found


def construct(
    kind: Kind,
    name: str,
    inputs: Mapping[str, Any],
    options: pulumi.ResourceOptions | None = None,
) -> tuple[Access[Any], dict[str, Any]]:
    """Makes a component.

    Args:
        inputs: as the engine hands them over, by the properties' names; each value plain or an
            Output.

    Returns:
        The component, and its outputs by their names in the schema.

    Raises:
        ArgsError: inputs or options cannot be used; nothing is registered then.
    """
    args = args_of(kind)
    known = {to_camel(arg): arg for arg in shapes(args)}
    problems = [_stranger(key, known) for key in inputs if key not in known]
    values = {
        known[key]: value for key, value in inputs.items() if key in known and value is not None
    }
    asked = Reader(args, Caller(kind, "wire"), name).read(values, problems)
    made = component(kind)(name, asked, options)
    return made, outputs(made)


def _stranger(key: str, known: Mapping[str, str]) -> str:
    close = next(iter(get_close_matches(key, known, 1, 0.7)), "")
    return f"{key}: no such property. {f'Did you mean {close}?' if close else 'Remove it.'}"
