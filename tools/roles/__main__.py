"""Writes what the deployer and the previewer of a stack need, ready to run (`make roles`).

Usage: python -m tools.roles STACK

Reads the stack's file and nothing else: no sign-in, no passphrase.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from cube_access.settings import DatabricksSettings, Settings, SettingsError, SnowflakeSettings
from tools import stack_file
from tools.roles import aws, databricks, snowflake

ROOT = Path(__file__).resolve().parents[2]


def files(settings: Settings) -> dict[str, str]:
    """The files by their names."""
    match settings:
        case SnowflakeSettings():
            found = {
                "snowflake-deployer.sql": snowflake.deployer_script(settings),
                "snowflake-previewer.sql": snowflake.previewer_script(settings),
            }
            if settings.keyless:  # then there is no secret to keep
                return found
        case DatabricksSettings():
            found = {
                "databricks-deployer.sh": databricks.deployer_script(settings),
                "databricks-previewer.sh": databricks.previewer_script(settings),
            }
        case _:
            raise NotImplementedError(settings.warehouse)
    for who, policy in (("deployer", aws.deployer), ("previewer", aws.previewer)):
        found[f"aws-{who}.json"] = json.dumps(policy(settings), indent=2) + "\n"
    return found


def main(arguments: list[str], folder: Path = ROOT) -> int:
    if len(arguments) != 1 or not arguments[0]:
        print("usage: make roles STACK=<stack>", file=sys.stderr)
        return 2
    (stack,) = arguments
    try:
        found = files(stack_file.load(stack, folder))
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 1
    target = folder / "roles" / stack
    target.mkdir(parents=True, exist_ok=True)
    for name, text in found.items():
        (target / name).write_text(text)
        print(f"wrote roles/{stack}/{name}")
    print("Who runs them and what they leave out: docs/accounts.md")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
