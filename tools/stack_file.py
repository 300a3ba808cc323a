"""A stack's settings from its file alone: no engine, no sign-in, no passphrase."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from cube_access import settings
from cube_access.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
# Stands in for what only the passphrase could show; long enough for any rule about length.
ENCRYPTED = "encrypted-in-the-stack-file"


def load(stack: str, folder: Path = ROOT) -> Settings:
    """The settings that the program would have, encrypted values apart.

    Raises:
        SettingsError: as the program would, or because there is no such file.
    """
    path = folder / f"Pulumi.{stack}.yaml"
    if not path.exists():
        known = sorted(each.name.split(".")[1] for each in folder.glob("Pulumi.*.yaml"))
        raise settings.SettingsError(
            f"there is no {path.name} here. Stacks with a file: {', '.join(known) or 'none'}"
        )
    config: dict[str, Any] = (yaml.safe_load(path.read_text()) or {}).get("config") or {}
    secret = [key for key, value in config.items() if _is_encrypted(value)]
    texts = {key: ENCRYPTED if key in secret else _text(value) for key, value in config.items()}
    return settings.load(texts, stack, secret)


def _is_encrypted(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"secure"}


def _text(value: Any) -> str:
    """As the engine hands it to the program."""
    return value if isinstance(value, str) else json.dumps(value)
