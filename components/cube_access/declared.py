"""What was asked for, as a component's output `declaration`: no secret value is in it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pydantic import SecretStr

from cube_access import __version__
from cube_access.settings import Settings


def declaration(settings: Settings, hidden: Collection[str] = ()) -> dict[str, Any]:
    """Every setting by its key, with the defaults filled in. Of a secret that is set: its key, in
    `secrets`.

    Args:
        hidden: settings that the user keeps encrypted, by their names in the configuration.
    """
    values = settings.model_dump(mode="json", by_alias=True)
    secrets = []
    for name, field in type(settings).model_fields.items():
        key, value = field.alias or name, getattr(settings, name)
        secret = isinstance(value, SecretStr)
        if secret or key in hidden:
            del values[key]
            if not secret or value.get_secret_value():
                secrets.append(key)
    return {**values, "secrets": sorted(secrets), "packageVersion": __version__}
