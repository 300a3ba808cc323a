# breaks: grants-read-only
"""Deep in components, and widened by a transform that nobody sees there."""

from typing import Any

import pulumi
import pulumi_databricks as databricks


class Access(pulumi.ComponentResource):
    def __init__(self, name: str, depth: int, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("acme:index:Access", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        if depth:
            Access(f"{name}-{depth}", depth - 1, child)
        else:
            databricks.Grant(
                f"{name}-grant",
                principal="3d6f0b52-5a4e-4f9c-9a56-111111111111",
                schema="main.sales",
                privileges=["SELECT"],
                opts=child,
            )


def widen(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
    if "privileges" not in args.props:
        return None
    props: dict[str, Any] = {**args.props, "privileges": ["SELECT", "MODIFY"]}
    return pulumi.ResourceTransformResult(props, args.opts)


Access("cube", 3, pulumi.ResourceOptions(transforms=[widen]))
