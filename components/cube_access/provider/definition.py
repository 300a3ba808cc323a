"""What a resource of ours has: its properties, which of them are secret, which replace it.

One reader for the lifecycle, for the schema (`schema.py`) and for programs (`resource.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PACKAGE = "cube-access"

# Types as Pulumi's schema writes them: https://www.pulumi.com/docs/iac/guides/building-extending/packages/schema/
TEXT: Mapping[str, Any] = {"type": "string"}
TRUTH: Mapping[str, Any] = {"type": "boolean"}
NUMBER: Mapping[str, Any] = {"type": "integer"}
ANY: Mapping[str, Any] = {"$ref": "pulumi.json#/Any"}
TEXTS: Mapping[str, Any] = {"type": "array", "items": TEXT}


def camel(name: str) -> str:
    """A field's name as the state has it: `kms_key_id` as `kmsKeyId`.

    As pydantic's `to_camel` writes it, which the settings use: the plugin starts without pydantic.
    """
    first, *rest = name.split("_")
    return first + "".join(each.capitalize() for each in rest)


def map_of(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The type of a map from text to such values."""
    return {"type": "object", "additionalProperties": values}


@dataclass(frozen=True, kw_only=True)
class Property:
    """One input or output, by its name in the state (camelCase)."""

    description: str
    type: Mapping[str, Any] = field(default_factory=lambda: TEXT)
    secret: bool = False
    tells_of: str = ""
    """Of an output: an input that it tells of, so that it is secret where that is."""
    replaces: bool = False
    """Whether a change of it makes the resource anew."""
    optional: bool = False


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One type of resource."""

    module: str
    """The folder of its subject; `index` for none."""
    name: str
    description: str
    inputs: Mapping[str, Property]
    outputs: Mapping[str, Property] = field(default_factory=dict)
    """What it has besides its inputs, all of which are outputs, too."""
    kept: frozenset[str] = frozenset()
    """Outputs that an update leaves as they are. The others are not known while one is planned."""
    dropped: frozenset[str] = frozenset()
    """Inputs that the state does not keep a second time, among the outputs."""

    @property
    def token(self) -> str:
        return f"{PACKAGE}:{self.module}:{self.name}"

    @property
    def secrets(self) -> frozenset[str]:
        both = {**self.inputs, **self.outputs}
        return frozenset(name for name, each in both.items() if each.secret)

    @property
    def replacing(self) -> frozenset[str]:
        return frozenset(name for name, each in self.inputs.items() if each.replaces)
