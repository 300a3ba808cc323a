"""What our dynamic providers share. Each is a class in a module: state then holds its name, not its
code.

https://www.pulumi.com/docs/iac/concepts/resources/dynamic-providers/ says how they run: in a
process of their own, with the stack's state as their only memory.
"""

from __future__ import annotations

import sys
import traceback
from typing import Any

from pulumi.dynamic import DiffResult, Resource, ResourceProvider

__all__ = ["Provider", "ProviderError", "Resource", "replaced_by"]

# Errors that say all there is to know. Their tracebacks would bury the one line that helps.
EXPLAINED = ("botocore.", "databricks.")


class ProviderError(Exception):
    """Something cannot be done as asked; the text says why and what to do. Never holds a secret."""


def replaced_by(olds: dict[str, Any], news: dict[str, Any], *keys: str) -> DiffResult:
    """The diff of what cannot change in place. What is not known yet counts as changed."""
    changed = [key for key in keys if olds[key] != news[key]]
    return DiffResult(changes=bool(changed), replaces=changed)


def _format_error(limit: int | None = None, chain: bool = True) -> str:
    error = sys.exception()
    if isinstance(error, ProviderError) or type(error).__module__.startswith(EXPLAINED):
        return str(error)
    return "".join(traceback.format_exception(error, limit=limit, chain=chain))


class Provider(ResourceProvider):
    """Base of our dynamic providers."""

    # The serialized provider is a name and nothing more; as a secret it would hide real diffs.
    serialize_as_secret_always = False

    def configure(self, req: object) -> None:
        # The SDK hands the engine what this function gives, and the engine shows it: there is no
        # other way to an error without a traceback. This process runs dynamic providers only.
        traceback.format_exc = _format_error
