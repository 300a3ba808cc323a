"""The program of an offline preview: the project's own, with providers that stay unconfigured.

A provider with an input that is not known yet is not configured by the engine at preview: it signs
in nowhere, looks nothing up, and hands inputs back as they are. So one such input is added to each
provider, whoever made it. Our own provider and our components see to it by themselves
(`cube_access.offline`), which is all that a program in another language has.
"""

from __future__ import annotations

import os
import runpy
import sys

import pulumi
from pulumi.output import UNKNOWN


def unconfigured(
    args: pulumi.ResourceTransformationArgs,
) -> pulumi.ResourceTransformationResult | None:
    # Our own heeds CUBE_ACCESS_OFFLINE, and takes no input that it does not know.
    own = args.type_ == "pulumi:providers:cube-access"
    if own or not args.type_.startswith("pulumi:providers:"):
        return None
    props = {**args.props, "profile": UNKNOWN}
    return pulumi.ResourceTransformationResult(props, args.opts)


if __name__ == "__main__":
    if package := os.environ.get("CUBE_ACCESS_OFFLINE_PACKAGE"):
        sys.path.insert(0, package)  # a revision's own, before what is installed
    pulumi.runtime.register_stack_transformation(unconfigured)
    runpy.run_path(os.environ["CUBE_ACCESS_OFFLINE_PROGRAM"], run_name="__main__")
