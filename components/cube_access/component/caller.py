"""How an arg is called by whoever wrote it: a key of the stack's configuration, a Python arg, or a
property of a YAML or TypeScript program.

Texts are written once, with the configuration's keys. Here they become the caller's words. Owns the
one rule by which a setting and an arg have each other's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from cube_access.settings import PROJECT, WAREHOUSES
from cube_access.settings.identity import CubeCloudIdentity, CubeCloudSignIn, ExternalOauth

Kind = Literal["databricks", "snowflake", "external"]
Style = Literal["configuration", "python", "wire"]
# Of the configuration only: a component is of one warehouse by its name.
NO_ARG = frozenset({"warehouse"})
HOW_TO_SET = re.compile(rf",? set with `pulumi config set --secret {PROJECT}:\w+`")


def arg(kind: Kind, field: str) -> str:
    """The arg of a setting: the setting's name without the warehouse's, which the component says
    already.
    """
    return field.removeprefix(f"{kind}_")


def fields(kind: Kind) -> dict[str, str]:
    """Every setting of a warehouse, by its arg."""
    return {
        arg(kind, field): field for field in WAREHOUSES[kind].model_fields if field not in NO_ARG
    }


@dataclass(frozen=True)
class Caller:
    """Who named the args, and so how they are named back."""

    kind: Kind
    style: Style

    def name(self, field: str) -> str:
        """A setting, as the caller wrote it."""
        if self.style == "configuration":
            return f"{PROJECT}:{to_camel(field)}"
        return self.own(arg(self.kind, field))

    def own(self, word: str) -> str:
        """An arg or an output that is no setting, from its Python name."""
        return to_camel(word) if self.style == "wire" else word

    def output(self, word: str) -> str:
        """One of a component's outputs, from its Python name. The root program exports the form's
        fields under a name of its own.
        """
        if self.style == "configuration" and word == "oauth_app":
            return "cube_oauth_app (pulumi stack output cube_oauth_app --show-secrets)"
        return self.own(word)

    def say(self, text: str) -> str:
        """A text that names keys of the configuration, in the caller's words."""
        if self.style == "configuration":
            return text
        words = self._words
        text = HOW_TO_SET.sub("", text).replace("cube-<stack>", "<component's name>-<stack>")
        text = re.sub(rf"{PROJECT}:(\w+)", lambda found: words.get(found[1], found[1]), text)
        # A word like "tables" is a key only where the project's name stands before it.
        keys = "|".join(word for word in words if not word.islower())
        return re.sub(rf"\b({keys})\b", lambda found: words[found[1]], text)

    @cached_property
    def _words(self) -> dict[str, str]:
        """Keys of the configuration, and of the maps in it, to the caller's words."""
        words = {to_camel(name): self.own(name) for name in _nested()}
        for field in WAREHOUSES[self.kind].model_fields:
            words[to_camel(field)] = self.name(field)
        return words


def _nested() -> Iterator[str]:
    models: tuple[type[BaseModel], ...] = (ExternalOauth, CubeCloudIdentity, CubeCloudSignIn)
    for model in models:
        yield from model.model_fields
