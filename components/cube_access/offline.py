"""The switch that means: sign in nowhere.

With CUBE_ACCESS_OFFLINE=1 the plugin asks no cloud, and our components leave each warehouse
provider that they make unconfigured in a preview. The offline access report sets it
(docs/report.md).
"""

from __future__ import annotations

import os

VARIABLE = "CUBE_ACCESS_OFFLINE"


def offline() -> bool:
    """Whether the switch is set, to anything but nothing and 0."""
    return os.environ.get(VARIABLE, "") not in ("", "0")
