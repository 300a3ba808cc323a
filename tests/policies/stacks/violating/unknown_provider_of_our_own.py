# warns: unknowns-named
"""A dynamic provider: what it does is Python, which no rule reads."""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class _Grants(ResourceProvider):
    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult("grants", props)


class Grants(Resource, module="acme", name="Grants"):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(_Grants(), name, {}, opts)


Grants("cube")
