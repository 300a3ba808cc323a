"""Runs the functions of one cube.py for the Cube of tests/node/cube.js, in place of the Python that
Cube's native module embeds: one JSON call a line, one JSON answer a line, in their order. The first
line says which functions there are.

Standard library only, and any Python that Cube may embed.
"""

import json
import runpy
import sys
import types
from collections.abc import Callable
from typing import Any


def load(path: str) -> dict[str, Callable[..., Any]]:
    """The functions that the file hands to Cube, by name."""
    found: dict[str, Callable[..., Any]] = {}
    module = types.ModuleType("cube")
    module.config = lambda name: lambda function: found.setdefault(name, function)  # type: ignore[attr-defined]
    sys.modules["cube"] = module
    runpy.run_path(path)
    return found


def answer(functions: dict[str, Callable[..., Any]], line: str) -> str:
    call = json.loads(line)
    try:
        return json.dumps({"value": functions[call["name"]](*call["given"])})
    except Exception as error:  # the file's own: Cube would see it, too
        return json.dumps({"error": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    known = load(sys.argv[1])
    print(json.dumps({"value": sorted(known)}), flush=True)
    for each in sys.stdin:
        print(answer(known, each), flush=True)
