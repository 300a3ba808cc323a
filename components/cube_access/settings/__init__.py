"""Stack configuration as typed, validated settings. Owns what a key may hold; knows no resource.

Each field of a model here is one key of the stack's configuration (`redirect_uris` is
`cube-access:redirectUris`) and also stands in Pulumi.yaml and docs/configuration.md; a test holds
the three together. Its description doubles as the "what to write instead" of an error, so it says
units, limits and default.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from cube_access.settings.common import NAME, Settings
from cube_access.settings.databricks import DatabricksSettings
from cube_access.settings.external import ExternalSettings
from cube_access.settings.snowflake_cube_cloud import SnowflakeSettings
from cube_access.settings.texts import NO_MAP, decoded, shown, what_is_wrong

__all__ = [
    "DatabricksSettings",
    "ExternalSettings",
    "Settings",
    "SettingsError",
    "SnowflakeSettings",
    "load",
]

PROJECT = "cube-access"


class SettingsError(ValueError):
    """The stack's configuration cannot be used; the text lists every problem with its key, value
    and fix.
    """

    def __init__(self, text: str, problems: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(text)
        self.problems = tuple(problems)
        """Each by its key, without the namespace."""


WAREHOUSES: dict[str, type[Settings]] = {
    "databricks": DatabricksSettings,
    "snowflake": SnowflakeSettings,
    "external": ExternalSettings,
}


def load(config: Mapping[str, str], stack: str, secret_keys: Collection[str] = ()) -> Settings:
    """Settings from a stack's raw configuration.

    Args:
        config: full keys (`cube-access:name`) and the texts that the engine hands over; other
            projects' keys, such as `aws:region`, are passed over.
        stack: the stack's name, from which defaults are made.
        secret_keys: full keys whose values are encrypted in the stack's file, and never shown.

    Raises:
        SettingsError: one error that lists every problem with key, value and what to write.
    """
    prefix = f"{PROJECT}:"
    # `pulumi config set KEY ""`, and a key in YAML with nothing behind it, take a value out.
    values = {
        key.removeprefix(prefix): value
        for key, value in config.items()
        if key.startswith(prefix) and value != ""
    }
    kind = values.get("warehouse", "")
    model = WAREHOUSES.get(kind, Settings)
    try:
        secret = {key.removeprefix(prefix) for key in secret_keys}
        given = {**defaults(kind, values, f"cube-{stack}"), **values}
        return model.model_validate(given, context=secret)
    except ValidationError as error:
        every = _fields(*WAREHOUSES.values())
        # Without a warehouse the keys of every warehouse are
        # possible: only the warehouse itself is wrong.
        known = every if model is Settings else {}
        details = [
            d
            for d in error.errors()
            if not (d["type"] == "extra_forbidden" and d["loc"][0] in known)
        ]
        # What no key is known for may be a secret under a wrong name.
        unsure = {key for key in values if key not in every or not every[key].repr}
        hidden = {
            **dict.fromkeys(unsure, "[not shown]"),
            **dict.fromkeys(values.keys() & secret, "[secret]"),
        }
        texts = {text for key in values.keys() & secret for text in _texts(values[key])}
        values = {**values, **hidden}
        problems = [
            (_key(model, detail["loc"][0]), _problem(model, dict(detail), values, texts))
            for detail in details
        ]
        where = f"the configuration of stack {stack}"
        text = listed([each for _, each in problems], where, "All keys: docs/configuration.md")
        raise SettingsError(text, problems) from None


def defaults(kind: str, values: Mapping[str, Any], base: str) -> dict[str, str]:
    """What follows from the rest where it is not given.

    Args:
        kind: the warehouse.
        values: what is given, by key.
        base: the name if none is given, in any characters.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", base.lower()).strip("-")
    source = str(values.get("externalType", kind)) if kind == "external" else kind
    # A wrong type, or name, is one problem, not two.
    named = re.sub(r"[^a-z]", "", source.lower()) or "unknown"
    name = str(values.get("name", slug))
    good = bool(re.fullmatch(NAME, name))
    if good and values.get("cubeCloudSignIn") not in NO_MAP:
        named = name  # a tenant's token configs are told apart by it
    secret = name if good else slug.removeprefix("cube-")
    return {"name": slug, "sourceName": named, "secretName": f"cube-access/{secret}"}


def listed(
    problems: Collection[str], where: str, further: str, *, nothing_changed: bool = True
) -> str:
    """One text for all that is wrong.

    Args:
        nothing_changed: whether that is known.
    """
    count = f"{len(problems)} problem{'s' * (len(problems) > 1)}"
    lines = "\n".join(f"  - {problem}" for problem in problems)
    end = "; nothing was changed" if nothing_changed else ""
    return f"{count} in {where}{end}:\n{lines}\n  {further}"


def _fields(*models: type[Settings]) -> dict[str, FieldInfo]:
    """The fields by their keys."""
    return {
        field.alias or name: field for model in models for name, field in model.model_fields.items()
    }


def _texts(value: object) -> Iterator[str]:
    """Every text in a value that the engine has handed over."""
    with suppress(ValueError):
        value = decoded(value)
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif value not in ("", None, True, False):
        yield str(value)


def _key(model: type[Settings], place: object) -> str:
    name = str(place)
    if name in model.model_fields:  # so it is called where its default is what is wrong
        return model.model_fields[name].alias or name
    return name


def _problem(
    model: type[Settings],
    detail: dict[str, Any],
    values: Mapping[str, str],
    secrets: Collection[str],
) -> str:
    key = _key(model, detail["loc"][0])
    name = f"{PROJECT}:{shown(key)}"
    if key in values:
        name += f" = {shown(values[key])}"
    field = _fields(model).get(key)
    if field is None:
        owners = [kind for kind, each in WAREHOUSES.items() if key in _fields(each)]
        if owners and model is not Settings:
            return f"{name}: is a key of warehouse {' and '.join(owners)} only. Remove it."
        close = next(iter(get_close_matches(key, _fields(model), 1, 0.7)), "")
        return f"{name}: no such key. {f'Did you mean {close}?' if close else 'Remove it.'}"
    what = what_is_wrong(detail)
    if any(secret in what for secret in secrets):
        what = "does not fit (it is secret, and not shown)"
    return f"{name}: {what}. Write: {field.description}"
