"""What the engine asks of a resource: check, diff, create, read, update, delete.

Each subject's module has the lifecycles of its resources. They speak of plain values, may block
(the plugin calls them in threads), and raise ProviderError for what cannot be done as asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import Any, ClassVar

from cube_access.provider.definition import Definition
from cube_access.provider.voice import Voice

Values = dict[str, Any]


class ProviderError(Exception):
    """Something cannot be done as asked; the text says why and what to do. Never holds a secret."""


class HalfDoneError(ProviderError):
    """An operation failed after it had changed something: the state keeps what it did.

    The engine saves `outputs` under `identifier`, and the next `up` goes on from there.
    """

    def __init__(self, reason: str, *, identifier: str, outputs: Values) -> None:
        super().__init__(reason)
        self.identifier, self.outputs = identifier, outputs


@dataclass(frozen=True)
class Failure:
    """Why an input cannot be: ends a preview before anything is changed."""

    property: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Diff:
    """What would change; replacing follows from the definition unless it is said here."""

    changed: Sequence[str] = ()
    replaces: Sequence[str] = ()
    detailed: Mapping[str, str] = field(default_factory=dict)
    """ADD, UPDATE or DELETE by the engine's property paths, for a property whose parts are shown
    each by itself. They are compared with the state's outputs.
    """


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """How the plugin signs in; what is empty, the environment's variables and profiles decide."""

    databricks_client_id: str = ""
    databricks_client_secret: str = field(default="", repr=False)
    databricks_profile: str = ""
    snowflake_profile: str = ""
    snowflake_user: str = ""
    snowflake_private_key: str = field(default="", repr=False)
    snowflake_private_key_passphrase: str = field(default="", repr=False)


class Lifecycle:
    """Base of the resources' lifecycles: one that lives in the stack's state only."""

    definition: ClassVar[Definition]
    inputs: Values
    """Of a read: the resource's inputs, as the last `up` had them."""

    def __init__(
        self,
        sign_in: SignIn | None = None,
        cancelled: Event | None = None,
        voice: Voice | None = None,
    ) -> None:
        self.sign_in = sign_in or SignIn()
        self.cancelled = cancelled or Event()
        self.voice = voice or Voice()
        self.inputs = {}

    def check(self, olds: Values, news: Values) -> list[Failure]:
        """What is wrong with the new inputs, which may be unknown in part.

        Args:
            olds: the inputs of the state; empty for a new resource.
        """
        return []

    def diff(self, identifier: str, olds: Values, news: Values) -> Diff:
        """What differs between the state's outputs and the new inputs. Unknown is changed."""
        changed = differing(olds, news, self.definition.inputs)
        return Diff(changed=changed, replaces=[k for k in changed if self._replaces(k)])

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Makes it: its id, and its outputs."""
        return self.definition.name, inputs

    def read(self, identifier: str, outputs: Values) -> Values | None:
        """Its outputs as they are now; None if it is gone."""
        return outputs

    def update(self, identifier: str, olds: Values, news: Values) -> Values:
        """Changes it in place: its outputs."""
        return news

    def delete(self, identifier: str, outputs: Values) -> None:
        """Removes it. What is gone already is no error."""

    def _replaces(self, key: str) -> bool:
        return key in self.definition.replacing


def differing(olds: Mapping[str, Any], news: Mapping[str, Any], keys: Any) -> list[str]:
    """The keys whose values differ. One that is unknown differs from everything."""
    return [key for key in keys if olds.get(key) != news.get(key)]
