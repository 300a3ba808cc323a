"""Writes docs/configuration.md from the settings.

Usage: python -m tools.config_reference [--check]; with --check it writes nothing, and fails if the
page is out of date.
"""

from __future__ import annotations

import sys
import types
import typing
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from cube_access.settings import WAREHOUSES, Settings
from cube_access.settings.common import ProvisionedSettings

ROOT = Path(__file__).resolve().parents[1]
PAGE = "docs/configuration.md"
INTRODUCTION = """\
Every key of an environment's `Pulumi.<stack>.yaml`, under the namespace `cube-access:`. Set one
with `pulumi config set KEY VALUE`, a list with
`pulumi config set --path 'schemas[0]' main.sales`. An empty value is as none. All problems are
reported at once, before anything is registered: the program checks the keys, because the engine
would name the first problem only. The deployer's own credentials come from the environment
([accounts](accounts.md)); a key that holds a secret must be encrypted
(`pulumi config set --secret`)."""


def engine_type(field: FieldInfo) -> str:
    """What to write in YAML."""
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


def configuration_md() -> str:
    text = [
        "# Configuration",
        "",
        INTRODUCTION,
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
    page, text = ROOT / PAGE, configuration_md()
    if page.exists() and page.read_text() == text:
        return 0
    if "--check" in arguments:
        print(f"{PAGE} is out of date: run `make docs`", file=sys.stderr)
        return 1
    page.parent.mkdir(exist_ok=True)
    page.write_text(text)
    print(f"wrote {PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
