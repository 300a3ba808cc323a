"""What a component is asked for: settings, some of whose values may be Outputs.

Owns how those are read. How args become settings is `reader.py`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import pulumi
from pydantic import SecretStr

from cube_access.component.caller import Caller
from cube_access.settings import Settings

S = TypeVar("S", bound=Settings)
T = TypeVar("T")
Path = tuple[str | int, ...]


class ArgsError(pulumi.RunError):
    """Args cannot be used. The text lists every problem with the arg, the value and the fix."""


@dataclass(frozen=True)
class Given:
    """An Output in the args."""

    path: Path
    """The setting, and the entry or key in it."""
    output: pulumi.Output[Any]


@dataclass(frozen=True)
class Checked(Generic[S]):
    """Settings in which every value that is known stands."""

    settings: S
    hidden: frozenset[str]
    """Keys of the configuration whose values are secret, though the setting is none."""


class Asked(Generic[S]):
    """What a component is asked for."""

    settings: S
    """All that is known as the program runs. Where an Output was given stands a stand-in: what may
    be an Output is read with `get`, `items` and `values` only.
    """
    caller: Caller
    sign_in: Mapping[str, pulumi.Input[str]]
    """Who signs in, by args; empty: whom the environment names."""

    def __init__(
        self,
        settings: S,
        caller: Caller,
        *,
        given: Sequence[Given] = (),
        checked: pulumi.Output[Checked[S]] | None = None,
        sign_in: Mapping[str, pulumi.Input[str]] | None = None,
        hidden: Collection[str] = (),
    ) -> None:
        self.settings, self.caller, self.sign_in = settings, caller, sign_in or {}
        self._given = given
        known = Checked(settings, frozenset(hidden))
        self._checked = checked or pulumi.Output.from_input(known)

    @property
    def checked(self) -> pulumi.Output[bool]:
        """Known once every value that can be known is found to be good."""
        return self._checked.apply(lambda _: True)

    def get(self, read: Callable[[S], T], *names: str) -> pulumi.Output[T]:
        """What is made of these settings: known when they are, secret if one of them is."""
        return self._read(lambda checked: read(checked.settings), self._of(names))

    def text(self, name: str) -> pulumi.Output[str]:
        """A setting that is a text."""
        return self.get(lambda settings: str(getattr(settings, name)), name)

    def secret(self, name: str) -> pulumi.Output[str]:
        """A setting that is a secret."""
        value = self.get(lambda settings: str(getattr(settings, name).get_secret_value()), name)
        return pulumi.Output.secret(value)

    def items(
        self, name: str, label: Callable[[str], str] = str
    ) -> list[tuple[str, pulumi.Output[str]]]:
        """The entries of a list, each with a label for the name of a resource: the entry itself;
        of an Output its place in the list, for a resource's name cannot wait.

        Args:
            label: writes an entry as a label.
        """
        entries = []
        for index, value in enumerate(getattr(self.settings, name)):
            given = [each for each in self._given if each.path == (name, index)]
            entry = self._read(_entry(name, index), given)
            entries.append((f"output-{index}" if given else label(str(value)), entry))
        return entries

    def values(self, name: str) -> dict[str, pulumi.Output[str]]:
        """The values of a map."""
        return {
            key: self._read(
                _entry(name, key), [each for each in self._given if each.path == (name, key)]
            )
            for key in getattr(self.settings, name)
        }

    def declared(self, read: Callable[[S, frozenset[str]], T]) -> pulumi.Output[T]:
        """What is made of all settings that are no secrets, and of the keys of those that turned
        out to be secret. Not secret itself: `read` leaves those out.
        """
        fields = type(self.settings).model_fields
        names = [name for name in fields if not is_secret(type(self.settings), name)]
        value = self._read(lambda checked: read(*_parts(checked)), self._of(names))
        return pulumi.Output.unsecret(value)

    def _of(self, names: Iterable[str]) -> list[Given]:
        wanted = set(names)
        return [each for each in self._given if each.path[0] in wanted]

    def _read(self, read: Callable[[Checked[S]], T], given: Sequence[Given]) -> pulumi.Output[T]:
        if not given:
            return self._checked.apply(read)
        outputs = [each.output for each in given]
        together = pulumi.Output.all(self._checked, *outputs)
        return together.apply(lambda values: read(cast("Checked[S]", values[0])))


def _entry(name: str, key: str | int) -> Callable[[Checked[Any]], str]:
    return lambda checked: str(getattr(checked.settings, name)[key])


def _parts(checked: Checked[S]) -> tuple[S, frozenset[str]]:
    return checked.settings, checked.hidden


def is_secret(model: type[Settings], name: str) -> bool:
    """Whether a setting is a secret by its nature."""
    return model.model_fields[name].annotation is SecretStr
