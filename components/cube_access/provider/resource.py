"""How a program makes a resource of ours: by the names that its properties have in the state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pulumi

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
    """How the plugin signs in for some resources; without arguments, as the environment says.

    Our components make one each. The engine's default provider would be given the program's own
    configuration, where the program is called cube-access, too.
    """

    def __init__(
        self,
        name: str,
        *,
        databricks_client_id: pulumi.Input[str] | None = None,
        databricks_client_secret: pulumi.Input[str] | None = None,
        databricks_profile: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        secret = databricks_client_secret
        properties = {
            "databricksClientId": databricks_client_id,
            "databricksClientSecret": None if secret is None else pulumi.Output.secret(secret),
            "databricksProfile": databricks_profile,
        }
        super().__init__(PACKAGE, name, properties, opts)
