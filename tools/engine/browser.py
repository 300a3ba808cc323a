"""The browser that the tests look at the report's page in.

Usage: python -m tools.engine.browser
Installs Chromium where it may: as root, by apt-get, as in a container or a CI job. Ends with 1, and
says what to install, where there is none and it may not.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "browser: neither Chromium nor Chrome on PATH, so the tests that look at the report's page "
    "would fail; install one (Debian: apt install chromium)"
)
LATER = "browser: neither Chromium nor Chrome on PATH; `make test` installs Chromium by apt-get"
INSTALL = (
    ["apt-get", "update", "-qq"],
    ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
)


def found() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def may_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install() -> bool:
    """Whether there is one now."""
    print("browser: installing Chromium by apt-get (some 300 MB)", file=sys.stderr, flush=True)
    for command in INSTALL:
        done = subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        if done.returncode:
            print(f"browser: `{' '.join(command)}` failed, see above", file=sys.stderr)
            return False
    return found() is not None


if __name__ == "__main__":
    sys.exit(None if found() or (may_install() and install()) else MISSING)
