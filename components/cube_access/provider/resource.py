"""How a program makes a resource of ours: by the names that its properties have in the state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pulumi

from cube_access.provider import configuration
from cube_access.provider.definition import PACKAGE, Definition


class Resource(pulumi.CustomResource):
    """Base of the resources that the plugin serves."""

    definition: ClassVar[Definition]

    def __init__(
        self, name: str, properties: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        unknown = properties.keys() - self.definition.inputs.keys()
        if unknown:
            raise TypeError(f"{self.definition.token} has no input {', '.join(sorted(unknown))}")
        # An output that is not named here would not be read back.
        outputs = dict.fromkeys(self.definition.outputs)
        super().__init__(self.definition.token, name, {**outputs, **properties}, opts)

    def output(self, name: str) -> pulumi.Output[str]:
        """An output by its name in the state."""
        found: pulumi.Output[str] = pulumi.get(self, name)
        return found


class Provider(pulumi.ProviderResource):
    """How the plugin signs in for some resources; without inputs, as the environment says.

    Our components make one each. The engine's default provider would be given the program's own
    configuration, where the program is called cube-access, too.
    """

    def __init__(
        self,
        name: str,
        inputs: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """inputs: by the names in `configuration.py`."""
        properties = {
            key: pulumi.Output.secret(value) if key in configuration.SECRETS else value
            for key, value in inputs.items()
        }
        super().__init__(PACKAGE, name, properties, opts)
