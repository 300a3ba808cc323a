"""The private names of Pulumi's SDK that the plugin stands on, in this one place.

`pulumi` is pinned exactly (pyproject.toml), and tests/components/provider/test_sdk.py holds each
name against the installed one: an upgrade that moves one of them fails there, by name.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
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
    "build_component",
    "children",
    "construct_options",
    "hand_down",
    "inherit_nothing",
]

construct_options = ProviderServicer._construct_options
"""The options of a component as the SDK reads them. Its servicer calls `_construct_options`, which
ours replaces by that name.
"""
build_component = ProviderServicer._construct
"""Builds a component, given the servicer, the request and its context."""


def children(component: pulumi.Resource) -> Sequence[pulumi.Resource]:
    """What a component of this process has made so far, as the SDK reads it to wait for one."""
    return list(component._childResources)


def hand_down(component: pulumi.ComponentResource, provider: pulumi.ProviderResource) -> None:
    """Makes a provider the one of all that a component makes from here on. By its options that goes
    only with a provider that is there before the component, and so is none of its children.
    """
    component._providers = {**component._providers, provider.package: provider}


def inherit_nothing(parent: pulumi.Resource) -> None:
    """Lets a component have a parent of another process. What has no `protect` of its own takes its
    parent's, which such a parent does not have; the engine has said already what is inherited.
    """
    parent._protect = False


def stack_name() -> str:
    """The program's stack, as the whole backend knows it."""
    return f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
