"""Reading properties: secrets without showing them, lists of which a part is not known yet, names
as the warehouse compares them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from pulumi import AssetArchive, StringAsset
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from . import principals

SYSTEM_ROLES = principals.SNOWFLAKE_ADMINISTRATORS


class SecretText(str):
    """A secret string. It compares and searches as any other, and prints as `[secret]`."""

    __slots__ = ()

    def __new__(cls, text: str) -> SecretText:
        # Of a secret one str() would make the words that stand for it.
        return text if isinstance(text, SecretText) else super().__new__(cls, text)

    def __str__(self) -> str:
        return "[secret]"

    __repr__ = __str__

    def __format__(self, _spec: str) -> str:
        return "[secret]"


def marked(value: Any) -> Any:
    """Every string at any depth, as a secret one. What is not known keeps the SDK's sign of it."""
    if isinstance(value, dict):
        return {key: marked(inside) for key, inside in value.items()}
    if isinstance(value, list):
        return [marked(inside) for inside in value]
    return SecretText(value) if isinstance(value, str) else value


class Unknown:
    """In a walk: a value that is not known yet."""


UNKNOWN = Unknown()


def is_unseen(value: Any) -> bool:
    """Whether a value that `peek` or a walk gives is not known: before `up`, or in an export that
    hides what is secret.
    """
    return value is UNKNOWN or value == UNKNOWN_STRING_VALUE


def is_word(value: Any, word: str) -> bool:
    """Flags are true or "true"; the plugin's word for an unset one is "default"."""
    text = value if isinstance(value, str) else str(value)
    return value is not None and text.lower() == word


def known(values: Any) -> list[Any]:
    """What is known of a list, in a rule about the stack: the resource's own rules say the rest."""
    found: list[Any] = []
    for index in range(len(values or ())):
        with suppress(UnknownValueError):
            found.append(values[index])
    return found


def texts(values: Any) -> list[str]:
    """The same, of a list of strings."""
    return [value for value in known(values) if isinstance(value, str)]


def has(props: Mapping[str, Any], key: str) -> bool:
    """Whether it is there, known or not. `in` would read it."""
    return key in list(props)


def is_unknown(props: Mapping[str, Any], key: str) -> bool:
    """Whether the value of `key` is what a preview cannot know."""
    try:
        props.get(key)
    except UnknownValueError:
        return True
    return False


def is_set(props: Mapping[str, Any], key: str) -> bool:
    """Whether something stands there, be it not known yet: one that this stack makes."""
    return is_unknown(props, key) or bool(props.get(key))


def identifier(name: Any) -> str:
    """A Snowflake name as it is compared where case does not matter: roles of the system."""
    return "" if name is None else name.strip().strip('"').upper()


def listed(names: Iterable[str]) -> str:
    """Not by join alone, which would show what is secret."""
    return ", ".join(f"{name}" for name in sorted(names))


def leaves(value: Any, path: str = "", key: str = "") -> list[tuple[str, str, Any]]:
    """Every value at any depth: its path, the nearest property's name, and the value.

    What is not known is UNKNOWN, or SecretText where it is known to be a secret. Of an asset it is
    the text; that of a file is not sent to a policy.
    """
    found: list[tuple[str, str, Any]] = []
    _gather(value, path, key, found)
    return found


def _gather(value: Any, path: str, key: str, found: list[tuple[str, str, Any]]) -> None:
    if isinstance(value, str):  # most are; and the other questions are slow
        found.append((path, key, value))
    elif isinstance(value, Mapping):
        for name in value:
            below = f"{path}.{name}" if path else str(name)
            _gather(peek(value, name), below, str(name), found)
    elif isinstance(value, Sequence):
        for index in range(len(value)):
            _gather(peek(value, index), f"{path}[{index}]", key, found)
    elif isinstance(value, StringAsset):
        found.append((path, key, value.text))
    elif isinstance(value, AssetArchive):
        for each in value.assets.values():
            _gather(each, path, key, found)
    else:
        found.append((path, key, value))


def each_of(container: Any, key: Any) -> list[Any]:
    """What stands there, one or many, as `peek` gives it. A list that is not known is UNKNOWN."""
    value = peek(container, key)
    if value is None or isinstance(value, str | Mapping) or not isinstance(value, Sequence):
        return [] if value is None else [value]
    return [peek(value, at) for at in range(len(value))]


def peek(container: Any, key: Any) -> Any:
    """What stands there; None where nothing does. What is not known, or stands in what is not, is
    UNKNOWN, or SecretText, and raises nothing.
    """
    try:
        return container[key]
    except KeyError:
        return None
    except TypeError:
        if is_unseen(container):
            return UNKNOWN  # nor is what is in it
        raise
    except UnknownValueError:
        below = container["__target"][key]  # the SDK's way past its proxy
        return below if isinstance(below, SecretText) else UNKNOWN
