"""What one of our components was asked for, as its `declaration` output says it to whoever reads
the stack's state.

Owns the shape of that output, and which components have one. It has every setting, defaults
included, under the name that YAML and the configuration have for it; and no secret: of those only
the names are listed. So a reader needs neither the program nor its configuration.
"""

from __future__ import annotations

import typing
from collections.abc import Collection, Mapping
from typing import Any, TypeVar

from pydantic import SecretStr

from cube_access import __version__
from cube_access.explained import ExplainedError
from cube_access.settings import WAREHOUSES, Settings

COMPONENT_TYPES = frozenset(
    {
        "cube-access:index:DatabricksAccess",
        "cube-access:index:ExternalAccess",
        "cube-access:index:SnowflakeAccess",
    }
)
"""Tokens of the components that register a declaration and Cube's files on themselves."""
SECRETS, VERSION = "secrets", "packageVersion"

Kind = TypeVar("Kind", bound=Settings)


class DeclarationError(ExplainedError):
    """A declaration does not say what is asked of it."""


def declaration(settings: Settings, hidden: Collection[str] = ()) -> dict[str, Any]:
    """What was asked for, in plain JSON values.

    Args:
        hidden: settings that the user keeps encrypted, by their names in the configuration.
            Theirs are listed as the secrets are, without a value.
    """
    values = settings.model_dump(mode="json", by_alias=True)
    secrets = []
    for name, field in type(settings).model_fields.items():
        key = field.alias or name
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            del values[key]
            if value.get_secret_value():
                secrets.append(key)
        elif key in hidden:
            del values[key]
            secrets.append(key)
    return {**values, SECRETS: sorted(secrets), VERSION: __version__}


def settings_from(declared: Mapping[str, Any]) -> Settings:
    """The settings that a declaration was made of. They were checked then, and are not again.

    A look at one whose value is not in there raises DeclarationError: what is made from a
    declaration cannot have a placeholder in it.

    Raises:
        DeclarationError: it is of a version of the package whose settings are others.
    """
    by = declared.get(VERSION, "an unknown version")
    model = WAREHOUSES.get(str(declared.get("warehouse")))
    if model is None:
        raise DeclarationError(
            f"the declaration is of warehouse {declared.get('warehouse')!r}, which this "
            f"cube-access {__version__} does not know; it was written by {by}."
        )
    fields = {field.alias or name: name for name, field in model.model_fields.items()}
    sealed_keys = set(declared.get(SECRETS) or ())
    values: dict[str, Any] = {}
    for key in declared.keys() - {SECRETS, VERSION}:
        if key in fields:
            values[fields[key]] = _value(model, fields[key], declared[key])
    strange = {*declared.keys(), *sealed_keys} - {*fields, SECRETS, VERSION}
    missing = {
        key
        for key, name in fields.items()
        if name not in values
        and key not in sealed_keys
        and (model.model_fields[name].is_required())
    }
    if strange or missing:
        raise DeclarationError(
            f"the declaration was written by cube-access {by}, and this is {__version__}: "
            f"{', '.join(sorted(strange | missing))} cannot be read. Run `pulumi up` with this "
            "version, or use that one."
        )
    for key in sealed_keys:
        values.setdefault(fields[key], "")
    settings = model.model_construct(**values)
    return sealed(settings, dict.fromkeys(sealed_keys, "it is kept secret"))


def sealed(settings: Kind, why: Mapping[str, str]) -> Kind:
    """The same settings, except that a look at some of them raises DeclarationError.

    Args:
        why: names in the configuration, and why their values are not here.
    """
    kind = type(settings)
    fields = {field.alias or name: name for name, field in kind.model_fields.items()}
    reasons = {fields[key]: f"{key} is not known here: {reason}" for key, reason in why.items()}
    if not reasons:
        return settings

    def look(self: Settings, name: str) -> Any:
        if name in reasons:
            raise DeclarationError(
                f"{reasons[name]}, and what is asked for cannot be made without it. If it is no "
                "secret, give it in plain."
            )
        return kind.__getattribute__(self, name)

    found = settings.model_copy()
    body = {"__module__": kind.__module__, "__getattribute__": look}
    object.__setattr__(found, "__class__", type(kind.__name__, (kind,), body))
    return found


def _value(model: type[Settings], name: str, value: Any) -> Any:
    """As the model holds it: JSON knows no tuple, and one kind of number."""
    annotation = model.model_fields[name].annotation
    if typing.get_origin(annotation) is tuple:
        return tuple(value)
    if annotation is int:
        return int(value)
    return value
