"""How a resource comes out of a message of the engine: a rule sees which values are secret, and it
is unpacked once a request. The SDK takes the marks off, and unpacks anew for each rule that judges,
which takes longer than most rules do.

Rules only read what is unpacked. A remedy, which changes it, gets its own from the SDK.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from google.protobuf import json_format
from pulumi_policy import deserialize
from pulumi_policy.deserialize import SPECIAL_SECRET_SIG, SPECIAL_SIG_KEY
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, _DictProxy, unknown_checking_proxy

from .values import SecretText, marked

# In place of every secret, in an export without the stack's passphrase.
REDACTED = "[secret]"
NOTHING: tuple[Any, ...] = (None, "", {}, [])


def deserialize_with_marks(props: dict[str, Any], proxy_secrets: bool = False) -> dict[str, Any]:
    """The SDK's, but for validation it takes a secret's mark off without a trace."""
    if proxy_secrets:
        return deserialize.deserialize_properties(props, proxy_secrets)

    def below(value: Any) -> Any:
        if isinstance(value, list):
            return [below(inside) for inside in value]
        if isinstance(value, dict) and value.get(SPECIAL_SIG_KEY) == SPECIAL_SECRET_SIG:
            # Nothing at all in a secret is what an export leaves of one that it cannot decrypt.
            inside = below(value.get("value"))
            return SecretText(UNKNOWN_STRING_VALUE) if inside in NOTHING else marked(inside)
        if isinstance(value, dict) and SPECIAL_SIG_KEY not in value:
            return {key: below(inside) for key, inside in value.items()}
        return SecretText(UNKNOWN_STRING_VALUE) if value == REDACTED else value

    plain: dict[str, Any] = below(props)
    return deserialize.deserialize_properties(plain)


class _Request(threading.local):
    """What was unpacked in the request of this thread, with its message; None outside of one."""

    unpacked: dict[int, tuple[Any, Any]] | None = None


_REQUEST = _Request()


@contextmanager
def once() -> Iterator[None]:
    """While it lasts, each message is unpacked once in this thread."""
    _REQUEST.unpacked = {}
    try:
        yield
    finally:
        _REQUEST.unpacked = None


# The SDK asks three functions in turn, of which the first does it all within a request.
def _from_message(message: Any) -> Any:
    unpacked = _REQUEST.unpacked
    if unpacked is None:
        return json_format.MessageToDict(message)
    found = unpacked.get(id(message))
    if found is None:
        plain = deserialize_with_marks(json_format.MessageToDict(message))
        # With the message: its id is not another one's while it is held.
        found = unpacked[id(message)] = (message, unknown_checking_proxy(plain))
    return found[1]


def _deserialized(props: Any, proxy_secrets: bool = False) -> Any:
    done = isinstance(props, _DictProxy)
    return props if done else deserialize_with_marks(props, proxy_secrets)


def _checking(props: Any) -> Any:
    return props if isinstance(props, _DictProxy) else unknown_checking_proxy(props)


IN_PLACE_OF_THE_SDKS = {
    "json_format": SimpleNamespace(**{**vars(json_format), "MessageToDict": _from_message}),
    "deserialize_properties": _deserialized,
    "unknown_checking_proxy": _checking,
}
"""By their names in the SDK's module."""
