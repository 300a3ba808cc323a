"""Writes the `config:` block of Pulumi.yaml and docs/configuration.md from the settings.

Usage: python -m tools.config_reference [--check]; with --check it writes nothing, and fails if
either is out of date.
"""

from __future__ import annotations

import json
import sys
import types
import typing
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from cube_access.settings import WAREHOUSES, Settings
from cube_access.settings.common import ProvisionedSettings

ROOT = Path(__file__).resolve().parents[1]
MARK = "# Below: written by `make docs` from components/cube_access/settings/.\n"
EMPTY: dict[str, Any] = {"string": "", "integer": 0, "boolean": False, "array": [], "object": {}}


def engine_type(field: FieldInfo) -> str:
    """The nearest of the types that the engine can check."""
    origin = typing.get_origin(field.annotation)
    names = {
        bool: "boolean",
        int: "integer",
        str: "string",
        SecretStr: "string",
        tuple: "array",
        dict: "object",
    }
    kind = str if origin in (typing.Literal, types.UnionType) else origin or field.annotation
    return names[typing.cast(type, kind)]


def sections() -> dict[str, dict[str, FieldInfo]]:
    found: dict[str, dict[str, FieldInfo]] = {}
    told: set[str] = set()
    models: dict[str, type[Settings]] = {
        "every warehouse": Settings,
        "databricks and snowflake": ProvisionedSettings,
        **WAREHOUSES,
    }
    for title, model in models.items():
        own = {key: field for key, field in model.model_fields.items() if key not in told}
        found[title] = own
        told |= own.keys()
    return found


def pulumi_yaml(text: str) -> str:
    lines = ["config:"]
    for fields in sections().values():
        for field in fields.values():
            kind = engine_type(field)
            secret = isinstance(field.default, SecretStr)
            default = EMPTY[kind] if field.is_required() or secret else field.default
            lines += [f"  {field.alias}:", f"    type: {kind}"]
            lines += ["    items: {type: string}"] if kind == "array" else []
            lines += [
                f"    default: {json.dumps(default)}",
                f"    description: {json.dumps(field.description)}",
            ]
    return text.partition(MARK)[0] + MARK + "\n".join(lines) + "\n"


def configuration_md() -> str:
    text = [
        "# Configuration",
        "",
        "Every key of an environment's `Pulumi.<stack>.yaml`, under the namespace "
        "`cube-access:`. Set one with",
        "`pulumi config set KEY VALUE`, a list with `pulumi config set --path 'schemas[0]' "
        "main.sales`.",
        "All problems are reported at once, before anything is registered. The deployer's own "
        "credentials come from the",
        "environment ([accounts](accounts.md)); a key that holds a secret must be "
        "encrypted (`pulumi config set --secret`).",
        "",
        "_Written by `make docs` from `components/cube_access/settings/`._",
    ]
    for title, fields in sections().items():
        text += ["", f"## {title.capitalize()}", "", "| key | type | meaning |", "|---|---|---|"]
        for field in fields.values():
            needed = " **Required.**" if field.is_required() else ""
            text.append(f"| `{field.alias}` | {engine_type(field)} | {field.description}{needed} |")
    return "\n".join(text) + "\n"


def main(arguments: list[str]) -> int:
    project, page = ROOT / "Pulumi.yaml", ROOT / "docs/configuration.md"
    wanted = {project: pulumi_yaml(project.read_text()), page: configuration_md()}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text() != text]
    if "--check" in arguments:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is out of date: run `make docs`", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(exist_ok=True)
        path.write_text(wanted[path])
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
