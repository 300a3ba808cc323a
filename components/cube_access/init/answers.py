"""What a new environment is asked for, and whether an answer holds.

Owns which keys are asked and in which order. What a key may hold is the settings' own affair: they
are loaded with each answer.
"""

from __future__ import annotations

import json
import re
import typing
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from cube_access.init.errors import InitError
from cube_access.settings import PROJECT, WAREHOUSES, SettingsError, listed, load

QUESTIONS: Mapping[str, Sequence[str]] = {
    "databricks": (
        "databricksAccountId",
        "databricksWorkspaceHost",
        "databricksWorkspaceId",
        "redirectUris",
        "schemas",
        "tables",
        "sqlWarehouseId",
        "userGroups",
        "awsRegion",
        "secretKmsKeyId",
    ),
    "snowflake": (
        "snowflakeAccount",
        "deployerRole",
        "redirectUris",
        "schemas",
        "tables",
        "databases",
        "snowflakeWarehouse",
        "userRoles",
        "allowedCidrs",
        "oauthNetworkPolicy",
        "awsRegion",
        "secretKmsKeyId",
    ),
    "external": (
        "externalType",
        "externalHost",
        "externalDatabase",
        "externalUser",
        "externalClientId",
        "externalAuthUrl",
        "externalTokenUrl",
        "externalScopes",
        "redirectUris",
        "awsRegion",
        "secretKmsKeyId",
    ),
}
"""By warehouse. An answer is checked with those before it, so what it depends on comes first."""
# With one of these there is nothing that the setting could be of.
WITHOUT = {
    "secretKmsKeyId": ("cubeCloudIdentity",),
    "oauthNetworkPolicy": ("externalOauth", "cubeCloudSignIn"),
    "redirectUris": ("cubeCloudSignIn",),
}
# Stands for what is encrypted while the rest is checked, and goes nowhere.
_UNSEEN = "unseen"
Problem = tuple[str, str]


@dataclass(frozen=True)
class Answers:
    """An environment's settings so far."""

    stack: str
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    """By key, as the engine hands them to a program: lists and maps as JSON."""
    encrypted: frozenset[str] = frozenset()
    """Keys whose values the file has encrypted: they stay, and are not looked at."""
    demanded: Mapping[str, str] = field(default_factory=dict)
    """Keys that are asked for besides, and why."""

    @property
    def warehouse(self) -> str:
        return self.values.get("warehouse", "")

    @property
    def fields(self) -> Mapping[str, FieldInfo]:
        return {
            info.alias or name: info
            for name, info in WAREHOUSES[self.warehouse].model_fields.items()
        }

    def having(self, key: str, value: str) -> Answers:
        """With one more. Its old value is no longer encrypted, if it was."""
        return replace(self, values={**self.values, key: value}, encrypted=self.encrypted - {key})

    def problems(self) -> list[Problem]:
        """All that is wrong, each by its key."""
        unseen = {*self.encrypted, *self.secrets_to_set()}
        texts = {**self.values, **dict.fromkeys(unseen, _UNSEEN)}
        found: list[Problem] = []
        try:
            load(
                {f"{PROJECT}:{key}": text for key, text in texts.items()},
                self.stack,
                [f"{PROJECT}:{key}" for key in unseen],
            )
        except SettingsError as error:
            found = [each for each in error.problems if each[0] not in self.encrypted]
        if self.warehouse in WAREHOUSES:
            found += self._demands()
        return found

    def _demands(self) -> list[Problem]:
        return [
            (key, f"{PROJECT}:{key}: is missing, and {why}. Write: {self.fields[key].description}")
            for key, why in self.demanded.items()
            if key in self.fields
            and not self.values.get(key)
            and key not in self.encrypted
            and not self.goes_without(key)
        ]

    def goes_without(self, key: str) -> bool:
        """Whether another answer leaves this key nothing to say."""
        return any(self.values.get(each) for each in WITHOUT.get(key, ()))

    def check(self) -> None:
        """Raises:
        InitError: every problem that there is.
        """
        if found := self.problems():
            texts = [text for _, text in found]
            where = f"the configuration of stack {self.stack}"
            raise InitError(listed(texts, where, "All keys: docs/configuration.md"))

    def secrets_to_set(self) -> list[str]:
        """Keys of secrets that this environment has to have, and its file has not."""
        needed = []
        if self.warehouse == "external":
            by_token = {"externalToken"} & {*self.encrypted, *self.values}
            needed += [] if by_token else ["externalPassword"]
        if self.values.get("oauthClientType") != "public":
            needed += ["externalClientSecret"] if self.warehouse == "external" else []
            needed += ["externalOauthClientSecret"] if self.values.get("externalOauth") else []
        return [key for key in needed if key not in {*self.encrypted, *self.values}]


def is_secret(key: str) -> bool:
    """Whether a key of any warehouse holds a secret."""
    return isinstance(_any_field(key).default, SecretStr) if _known(key) else False


def as_engine_text(key: str, text: str) -> str:
    """What somebody typed, as the engine hands it over: a list as JSON.

    An entry ends at a comma, except within double quotes, as in Snowflake's "A,B".C. JSON is taken
    as it is.
    """
    text = text.strip()
    if not text or not is_list(key) or text.startswith("["):
        return text
    entries = re.findall(r'(?:"(?:[^"]|"")*"|[^,])+', text)
    return json.dumps([each.strip() for each in entries if each.strip()])


def value_of(info: FieldInfo, text: str) -> Any:
    """What the engine's text of a key stands for."""
    return json.loads(text) if _kind(info) in (bool, dict, int, tuple) else text


def has_parts(info: FieldInfo) -> bool:
    """Whether a key holds a list or a map, which the engine hands over as JSON."""
    return _kind(info) in (dict, tuple)


def is_list(key: str) -> bool:
    return _known(key) and _kind(_any_field(key)) is tuple


def typed(text: str) -> str:
    """The other way round, to be shown."""
    try:
        entries = json.loads(text) if text.startswith("[") else None
    except json.JSONDecodeError:
        entries = None
    if entries is None:
        return text
    plain = all(isinstance(each, str) and not {",", '"'} & {*each} for each in entries)
    return ", ".join(entries) if plain else text


def given(pairs: Collection[str]) -> dict[str, str]:
    """The values of `--set KEY=VALUE`. A list's key may come several times.

    Raises:
        InitError: there is no such pair, or a secret is in one. It is not repeated.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        key = name.strip().removeprefix(f"{PROJECT}:")
        if not equals:
            raise InitError("--set takes KEY=VALUE, such as --set schemas=main.sales.")
        if is_secret(key):
            raise InitError(
                f"--set {key}: is a secret, which a command line shows to everybody on this "
                "machine: treat it as compromised and rotate it. Set the new one with `pulumi "
                f"config set --secret {PROJECT}:{key}`, which asks for it."
            )
        value = as_engine_text(key, text)
        if key in found and is_list(key):
            try:
                value = json.dumps([*json.loads(found[key] or "[]"), *json.loads(value or "[]")])
            except json.JSONDecodeError:
                raise InitError(f"--set {key}: is not valid JSON.") from None
        elif key in found:
            raise InitError(f"--set {key}: is there twice, and is no list.")
        found[key] = value
    return found


def _kind(info: FieldInfo) -> Any:
    return typing.get_origin(info.annotation) or info.annotation


def _known(key: str) -> bool:
    return any(key in _aliases(kind) for kind in WAREHOUSES)


def _any_field(key: str) -> FieldInfo:
    return next(_aliases(kind)[key] for kind in WAREHOUSES if key in _aliases(kind))


def _aliases(kind: str) -> Mapping[str, FieldInfo]:
    return {info.alias or name: info for name, info in WAREHOUSES[kind].model_fields.items()}
