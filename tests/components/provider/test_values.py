"""Properties to and from the engine's messages."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st

from cube_access.provider.sdk import OUTPUT_SIGNATURE, SIGNATURE_KEY, UNKNOWN_TEXT
from cube_access.provider.values import (
    UNKNOWN,
    from_wire,
    has_unknown,
    secret_keys,
    secret_texts,
    to_wire,
)

plain = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.text().filter(lambda t: t != UNKNOWN_TEXT),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text().filter(lambda t: t != SIGNATURE_KEY), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), plain, max_size=4))
def test_plain_values_come_back_as_they_went(values: dict[str, Any]) -> None:
    assert from_wire(to_wire(values)) == values
    assert from_wire(to_wire(values, secret=values)) == values


@given(st.dictionaries(st.text(), plain, max_size=4), st.sets(st.text()))
def test_what_is_marked_is_found(values: dict[str, Any], marked: set[str]) -> None:
    assert secret_keys(to_wire(values, marked)) == marked & values.keys()


def test_a_value_that_is_unknown_stays_so_wherever_it_is() -> None:
    struct = to_wire({"a": UNKNOWN, "b": ["x", UNKNOWN], "c": {"d": UNKNOWN}, "e": "known"})
    read = from_wire(struct)
    assert {key for key, value in read.items() if has_unknown(value)} == {"a", "b", "c"}
    assert to_wire(read) == struct


def test_unknown_is_equal_to_nothing() -> None:
    assert UNKNOWN != UNKNOWN_TEXT
    assert UNKNOWN != UNKNOWN


@pytest.mark.parametrize("value", [None, "planted"])
@pytest.mark.parametrize("secret", [True, False])
def test_output_values_are_unwrapped(value: str | None, secret: bool) -> None:
    fields = {
        SIGNATURE_KEY: struct_pb2.Value(string_value=OUTPUT_SIGNATURE),
        "secret": struct_pb2.Value(bool_value=secret),
    }
    if value:
        fields["value"] = struct_pb2.Value(string_value=value)
    wrapped = struct_pb2.Value(struct_value=struct_pb2.Struct(fields=fields))
    struct = struct_pb2.Struct(fields={"a": wrapped})
    read = from_wire(struct)["a"]
    assert read == value if value else read is UNKNOWN
    assert secret_keys(struct) == ({"a"} if secret else set())
    assert secret_texts(struct) == ({value} if secret and value else set())


def test_secrets_inside_lists_and_maps_are_found() -> None:
    (hidden,) = to_wire({"a": {"key": "planted"}}, {"a"}).fields.values()
    listed = struct_pb2.Value(list_value=struct_pb2.ListValue(values=[hidden]))
    nested = struct_pb2.Value(struct_value=struct_pb2.Struct(fields={"deep": listed}))
    struct = struct_pb2.Struct(
        fields={"nested": nested, "open": struct_pb2.Value(string_value="said")}
    )
    assert secret_keys(struct) == {"nested"}
    assert secret_texts(struct) == {"planted"}
