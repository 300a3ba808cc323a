"""Looking things up through a plugin at preview, where a refusal is an answer and not the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi


async def look_up(
    package: str, function: str, arguments: dict[str, Any], provider: pulumi.ProviderResource
) -> dict[str, Any]:
    """What a plugin's data source answers.

    Raises:
        Exception: the plugin refused; the engine raises no narrower class.
    """
    token = f"{package}:index/{function}:{function}"
    options = pulumi.InvokeOptions(provider=provider)
    return dict(await pulumi.runtime.invoke_async(token, arguments, options) or {})


def reason(error: Exception) -> str:
    """The last line of a plugin's refusal: the lines before it are about the plugin."""
    lines = [line.strip(" *\t") for line in str(error).splitlines()]
    return next((line for line in reversed(lines) if line), "no reason given")


@dataclass(frozen=True)
class Name:
    """A name to look up."""

    text: str | None
    """None: it is not known in this preview."""
    is_secret: bool = False

    @classmethod
    async def of(cls, output: pulumi.Output[str]) -> Name:
        known = await output.is_known()
        return cls(await output.future() if known else None, await output.is_secret())

    @property
    def shown(self) -> str:
        return "[secret]" if self.is_secret else str(self.text)

    def hide(self, message: str) -> str:
        """A message without the name, if that is secret."""
        hidden = self.text if self.is_secret else ""
        return message.replace(hidden, "[secret]") if hidden else message
