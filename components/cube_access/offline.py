"""The switch that keeps a preview from signing in anywhere.

`cube-access report` and `cube-access roles` set it where they preview a program: a pull request of
a stranger's is previewed without an account, and what is asked of nobody cannot fail for want of a
sign-in. Whoever signs in or looks something up asks this first.
"""

from __future__ import annotations

import os

VARIABLE = "CUBE_ACCESS_OFFLINE"


def offline() -> bool:
    """Whether nobody is to be asked: CUBE_ACCESS_OFFLINE is set, and to neither 0 nor false."""
    return os.environ.get(VARIABLE, "").lower() not in ("", "0", "false")
