"""Checks the workflows with actionlint, built once from its Go module (`make lint`).

Usage: python -m tools.lint.actionlint FILES...

The pin is go.mod beside this file; the binary is kept in the cache folder under that pin's name.
Needs Go: the checks need it, a deployment does not.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tools.engine.build import go_build
from tools.engine.cache import SetupError, cache_folder, digest, locked

HERE = Path(__file__).resolve().parent
MODULE = "github.com/rhysd/actionlint/cmd/actionlint"


def built(cache: Path) -> Path:
    binary = cache / f"actionlint-{digest(HERE / 'go.mod', HERE / 'go.sum')}"
    if not binary.exists():
        with locked(cache):
            go_build(HERE, MODULE, binary, "")
    return binary


def main(files: list[str]) -> int:
    try:
        binary = built(cache_folder())
    except SetupError as error:
        print(f"actionlint: {error}", file=sys.stderr)
        return 1
    # What these two find would depend on what the machine has.
    return subprocess.run([binary, "-shellcheck=", "-pyflakes=", *files], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
