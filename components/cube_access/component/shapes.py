"""What the types of args say: where an Output may stand, what is required, what is secret.

A class of args is the one table of that: `pulumi.Input[str]` takes an Output, `str` does not,
`Sequence[pulumi.Input[str]]` does in its entries.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any, ClassVar, Literal

import pulumi

Place = Literal["nowhere", "value", "items", "values"]
SECRET = {"secret": True}
"""Metadata of a field that holds a secret and is no setting."""


@dataclass(frozen=True, kw_only=True)
class Args:
    """Base of args, and of what is nested in them."""


@dataclass(frozen=True, kw_only=True)
class AccessArgs(Args):
    """What every component takes. A field is called as a setting, without the warehouse's name
    before it; docs/configuration.md says what each means and holds.

    None stands for the default that is named there, with one difference: the default of `name` is
    the component's own and the stack's.
    """

    name: str | None = None
    protect: bool | None = None
    tags: Mapping[str, pulumi.Input[str]] | None = None
    oauth_client_type: Literal["confidential", "public"] | None = None
    source_name: str | None = None
    fallback: Literal["deny", "service-account"] | None = None
    data_source: str | None = None
    other_data_sources: Mapping[str, str] | None = None
    cube_hooks: str | None = None

    aws_region: str | None = None
    aws_profile: str | None = None
    secret_name: pulumi.Input[str] | None = None
    secret_kms_key_id: pulumi.Input[str] | None = None
    secret_recovery_days: int | None = None
    secret_on_destroy: Literal["delete", "keep"] | None = None
    secret_policy: Mapping[str, Any] | None = None
    adopt_secret: bool | None = None


@dataclass(frozen=True, kw_only=True)
class SignInArgs:
    """Base of args that say who signs in, where that is not whom the environment names."""

    WAYS: ClassVar[Sequence[Sequence[str]]]
    """What is needed together; each is one way to sign in."""
    BESIDES: ClassVar[Sequence[str]] = ()
    """What may be there, too."""


@dataclass(frozen=True)
class Shape:
    """Of one arg."""

    kind: type
    """str, int, bool, list, dict, or the class of nested args."""
    element: Any
    """The type of an entry of a list or map; otherwise the type itself."""
    place: Place
    """Where an Output may stand."""
    required: bool
    words: tuple[str, ...]
    """The only texts that it may be; empty: any."""
    secret: bool
    nested: Mapping[str, Shape]
    """Of nested args: each of them."""


def shapes(args: type[Any]) -> dict[str, Shape]:
    """The shape of each field of a class of args."""
    # The SDK writes pulumi.Input[T] with a forward reference to Output[T].
    hints = typing.get_type_hints(args, localns={"Output": pulumi.Output, "T": Any})
    return {
        each.name: _shape(
            hints[each.name],
            required=each.default is dataclasses.MISSING,
            secret=bool(each.metadata.get("secret")),
        )
        for each in dataclasses.fields(args)
    }


def _shape(hint: Any, *, required: bool, secret: bool) -> Shape:
    own = _without_outputs(hint)
    outside: Place = "value" if own != hint and _takes_outputs(hint) else "nowhere"
    if dataclasses.is_dataclass(own) and isinstance(own, type):
        return Shape(own, own, "nowhere", required, (), secret, shapes(own))
    origin, inner = typing.get_origin(own), typing.get_args(own)
    if origin is Literal:
        return Shape(str, str, "nowhere", required, inner, secret, {})
    if origin is None:
        return Shape(own, own, outside, required, (), secret, {})
    deep, element = _takes_outputs(inner[-1]), _without_outputs(inner[-1])
    is_map = issubclass(origin, Mapping)
    inside: Place = "values" if is_map else "items"
    kind = dict if is_map else list
    return Shape(kind, element, inside if deep else "nowhere", required, (), secret, {})


def _options(hint: Any) -> tuple[Any, ...]:
    union = typing.get_origin(hint) in (typing.Union, UnionType)
    return typing.get_args(hint) if union else (hint,)


def _takes_outputs(hint: Any) -> bool:
    return any(typing.get_origin(each) is pulumi.Output for each in _options(hint))


def _without_outputs(hint: Any) -> Any:
    """The type of the value itself."""
    # An Input is a value, an awaitable or an Output of one.
    wrapped = (pulumi.Output, typing.get_origin(typing.Awaitable[Any]))
    (own,) = (
        each
        for each in _options(hint)
        if typing.get_origin(each) not in wrapped and each is not type(None)
    )
    return own
