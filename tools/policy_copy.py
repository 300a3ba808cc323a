"""Writes the policy pack's copies of the modules that it and cube_access must read alike.

The pack travels alone, without cube_access: how a grant reads, what a credential looks like and who
is everybody stand once, in cube_access, and the pack has them as files of its own.

Usage: python -m tools.policy_copy [--check]; with --check it writes nothing, and fails if a copy
is out of date. It imports neither side, so that it also mends a copy that the pack cannot import.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# The pack's module by cube_access's. A module imports the standard library, and others of these.
COPIES = {
    "facts.addresses": "hosts",
    "facts.credentials": "shapes",
    "facts.identifiers": "identifiers",
    "facts.principals": "principals",
    "facts.securables": "securables",
    "facts.statements": "sql",
    "facts.unity": "unity",
    "snowflake.privileges": "entries",
}
IMPORT = re.compile(r"^from cube_access\.([\w.]+) import", re.MULTILINE)


def main(arguments: list[str]) -> int:
    stale = [(path, text) for path, text in copies() if not _is(path, text)]
    for path, text in stale:
        name = path.relative_to(ROOT)
        if "--check" in arguments:
            print(f"{name} is out of date: run `make docs`", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
            print(f"wrote {name}")
    return int(bool(stale) and "--check" in arguments)


def copies() -> Iterator[tuple[Path, str]]:
    """Each file of the pack with the text that it ought to have."""
    for module, name in COPIES.items():
        source = f"components/cube_access/{module.replace('.', '/')}.py"
        text = (ROOT / source).read_text(encoding="utf-8")
        text = IMPORT.sub(lambda found: f"from .{COPIES[found[1]]} import", text)
        head = f"# A copy, by `make docs`, of cube-access's own\n# {source}: change it there."
        yield ROOT / "policies/rules" / f"{name}.py", f"{head}\n\n{text}"


def _is(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
