"""Writes a stack's outputs as the files that Cube reads, for people who deploy by file.

Usage: python -m tools.cube_files env|cube-py STACK
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from cube_access.cube.env import dotenv

ROOT = Path(__file__).resolve().parents[1]


def stack_output(stack: str, name: str) -> Any:
    """One output of a stack. Secrets come through a pipe: never by argv, never on the terminal."""
    command = ["pulumi", "stack", "output", name, "--stack", stack, "--json", "--show-secrets"]
    path = f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "PATH": path}, check=False
    )
    if done.returncode:
        raise SystemExit(f"no output {name} in stack {stack}: has `pulumi up` run there?")
    return json.loads(done.stdout)


def write(path: Path, text: str, mode: int) -> None:
    """In one step, and never readable by others: the file has its mode before its text."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)


def main(arguments: list[str], folder: Path = ROOT) -> int:
    if len(arguments) != 2 or arguments[0] not in ("env", "cube-py"):
        print("usage: make env STACK=<stack>, or make cube-py STACK=<stack>", file=sys.stderr)
        return 2
    what, stack = arguments
    if what == "env":
        variables = stack_output(stack, "cube_env")
        write(folder / ".env", dotenv(variables), 0o600)
        print(f"wrote .env: {len(variables)} variables of stack {stack}, readable by you only")
    else:
        write(folder / "cube.py", stack_output(stack, "cube_py"), 0o644)
        print(f"wrote cube.py of stack {stack}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
