"""The switch that keeps a preview from signing in anywhere."""

from __future__ import annotations

import os

VARIABLE = "CUBE_ACCESS_OFFLINE"


def offline() -> bool:
    """Whether nobody is to be asked: CUBE_ACCESS_OFFLINE is set, and to neither 0 nor false."""
    return os.environ.get(VARIABLE, "").lower() not in ("", "0", "false")
