"""The browser that the tests look at the report's page in.

Usage: python -m tools.engine.browser
Ends with 1, and says what to install, where there is none.
"""

from __future__ import annotations

import shutil
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "browser: neither Chromium nor Chrome on PATH, so the tests that look at the report's page "
    "will fail; install one (Debian: apt install chromium)"
)


def found() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


if __name__ == "__main__":
    sys.exit(None if found() else MISSING)
