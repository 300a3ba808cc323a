"""The files that give the deployer and the previewer their rights, ready to run."""

from __future__ import annotations

import json
from pathlib import Path

from cube_access.explained import ExplainedError
from cube_access.roles import aws, databricks, snowflake
from cube_access.settings import DatabricksSettings, Settings, SettingsError, SnowflakeSettings


class RolesError(ExplainedError):
    """No files can be made; the text says why and what to do."""


def files(settings: Settings) -> dict[str, str]:
    """The files by their names.

    Raises:
        ExplainedError: what these settings want no role can do, or a value is not known here.
    """
    found: dict[str, str] = {}
    try:
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
    except SettingsError as error:
        raise RolesError(str(error)) from None
    for who, policy in (("deployer", aws.deployer), ("previewer", aws.previewer)):
        found[f"aws-{who}.json"] = json.dumps(policy(settings), indent=2) + "\n"
    return found


def write(found: dict[str, str], folder: Path) -> list[Path]:
    """Raises:
    RolesError: they cannot be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in found.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise RolesError(f"--output {folder}: {error.strerror}: {error.filename}") from None
    return [folder / name for name in found]
