"""Writes the policy pack's copy of the module that reads an entry of a role's privileges.

The pack travels alone, without cube_access, and both must read an entry alike.

Usage: python -m tools.policy_copy [--check]; with --check it writes nothing, and fails if the copy
is out of date. It imports neither side, so that it also mends a copy that the pack cannot import.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE, COPY = "components/cube_access/snowflake/privileges.py", "policies/rules/entries.py"


def main(arguments: list[str]) -> int:
    source = (ROOT / SOURCE).read_text(encoding="utf-8")
    wanted = f"# Written by `make docs` from {SOURCE}: change it there.\n\n{source}"
    path = ROOT / COPY
    if path.exists() and path.read_text(encoding="utf-8") == wanted:
        return 0
    if "--check" in arguments:
        print(f"{COPY} is out of date: run `make docs`", file=sys.stderr)
        return 1
    path.write_text(wanted, encoding="utf-8")
    print(f"wrote {COPY}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
