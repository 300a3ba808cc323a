"""Properties between the engine's messages and plain Python, with what is secret or unknown.

The SDK has two readers of its own: the one for dynamic providers unwraps too little, the one of
`pulumi.provider.experimental` takes what is not known for a text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from google.protobuf import struct_pb2

from cube_access.facts.identifiers import unquoted
from cube_access.provider.sdk import (
    OUTPUT_SIGNATURE,
    SECRET_SIGNATURE,
    SIGNATURE_KEY,
    UNKNOWN_TEXT,
)

# Shorter texts stand in too many words.
SHORTEST_SECRET = 4
STATES = frozenset({"granted", "not declared"})
"""What a map of privileges says of each: words of every message, and no secret."""


class _Unknown:
    """What a preview does not know yet. Equal to nothing, itself included."""

    def __eq__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()


def has_unknown(value: Any) -> bool:
    """Whether a value is unknown, or holds something that is."""
    if isinstance(value, Mapping):
        return any(has_unknown(each) for each in value.values())
    if isinstance(value, list):
        return any(has_unknown(each) for each in value)
    return value is UNKNOWN


def from_wire(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Plain values; secrets are unwrapped, whole numbers are integers."""
    return {key: _plain(value) for key, value in struct.fields.items()}


def _plain(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value == UNKNOWN_TEXT else value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "bool_value":
            return value.bool_value
        case "list_value":
            return [_plain(each) for each in value.list_value.values]
        case "struct_value":
            fields = value.struct_value.fields
            signature = fields[SIGNATURE_KEY].string_value if SIGNATURE_KEY in fields else ""
            if signature in (SECRET_SIGNATURE, OUTPUT_SIGNATURE):
                # An output without a value is one that is not known.
                return _plain(fields["value"]) if "value" in fields else UNKNOWN
            return {key: _plain(each) for key, each in fields.items()}
    return None


def secret_keys(struct: struct_pb2.Struct) -> set[str]:
    """The properties that are secret, or hold something that is."""
    return {key for key, value in struct.fields.items() if any(_secret_parts(value))}


def secret_texts(*structs: struct_pb2.Struct) -> set[str]:
    """Every text inside what is secret: what no message may say."""
    parts = (part for each in structs for v in each.fields.values() for part in _secret_parts(v))
    return {text for part in parts for text in texts_in(_plain(part))}


def texts_in(value: Any) -> Iterator[str]:
    """The texts inside a plain value, and the names in double quotes inside a map's keys."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            for name in unquoted(key):
                yield from {name, name.replace('"', '""')}
            if not (isinstance(each, str) and each in STATES):
                yield from texts_in(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts_in(each)


def without_secrets(text: str, secrets: Collection[str]) -> str:
    """A text in which each secret is replaced."""
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= SHORTEST_SECRET:
            text = text.replace(secret, "[secret]")
    return text


def _secret_parts(value: struct_pb2.Value) -> Iterator[struct_pb2.Value]:
    kind = value.WhichOneof("kind")
    if kind == "list_value":
        for each in value.list_value.values:
            yield from _secret_parts(each)
    elif kind == "struct_value":
        fields = value.struct_value.fields
        signature = fields[SIGNATURE_KEY].string_value if SIGNATURE_KEY in fields else ""
        secret = signature == SECRET_SIGNATURE or (
            signature == OUTPUT_SIGNATURE and "secret" in fields and fields["secret"].bool_value
        )
        if secret:
            yield value
        else:
            for each in fields.values():
                yield from _secret_parts(each)


def to_wire(values: Mapping[str, Any], secret: Collection[str] = ()) -> struct_pb2.Struct:
    """The message of plain values; those whose names are in `secret` are marked so, whole."""
    fields = {
        key: _marked(_wire(value)) if key in secret else _wire(value)
        for key, value in values.items()
        if value is not None
    }
    return struct_pb2.Struct(fields=fields)


def _marked(value: struct_pb2.Value) -> struct_pb2.Value:
    signature = struct_pb2.Value(string_value=SECRET_SIGNATURE)
    return struct_pb2.Value(
        struct_value=struct_pb2.Struct(fields={SIGNATURE_KEY: signature, "value": value})
    )


def _wire(value: Any) -> struct_pb2.Value:
    if value is UNKNOWN:
        return struct_pb2.Value(string_value=UNKNOWN_TEXT)
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, (int, float)):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, Mapping):
        fields = {key: _wire(each) for key, each in value.items()}
        return struct_pb2.Value(struct_value=struct_pb2.Struct(fields=fields))
    values = [_wire(each) for each in value]
    return struct_pb2.Value(list_value=struct_pb2.ListValue(values=values))
