"""The private names of Pulumi's SDK that the plugin stands on, in this one place.

`pulumi` is pinned exactly (pyproject.toml), and tests/components/provider/test_sdk.py holds each
name against the installed one: an upgrade that moves one of them fails there, by name.
"""

from __future__ import annotations

from pulumi.provider.server import ProviderServicer
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS as CHANNEL_OPTIONS
from pulumi.runtime.rpc import UNKNOWN as UNKNOWN_TEXT
from pulumi.runtime.rpc import _special_output_value_sig as OUTPUT_SIGNATURE
from pulumi.runtime.rpc import _special_secret_sig as SECRET_SIGNATURE
from pulumi.runtime.rpc import _special_sig_key as SIGNATURE_KEY

__all__ = [
    "CHANNEL_OPTIONS",
    "OUTPUT_SIGNATURE",
    "SECRET_SIGNATURE",
    "SIGNATURE_KEY",
    "UNKNOWN_TEXT",
    "ProviderServicer",
]
