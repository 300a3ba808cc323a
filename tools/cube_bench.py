"""What the emitted cube.py costs a request: both functions, for each driver.

Usage: python -m tools.cube_bench [--write]; with --write, into docs/cube.md. The figures are of the
machine that it runs on.
"""

from __future__ import annotations

import sys
import time
import timeit
import types
from collections.abc import Callable
from typing import Any

from cube_access.cube.cube_py import PARTS, render
from tools.blocks import write_block

ROUNDS, CALLS = 200, 200

Context = dict[str, Any]


def functions(driver: str) -> dict[str, Callable[[Context], Any]]:
    """The emitted file's, loaded as Cube loads it."""
    found: dict[str, Callable[[Context], Any]] = {}
    module = types.ModuleType("cube")
    module.config = lambda name: lambda function: found.setdefault(name, function)  # type: ignore[attr-defined]
    before = sys.modules.get("cube")
    sys.modules["cube"] = module
    try:
        text = render(driver, source="warehouse", fallback="deny")
        exec(compile(text, "cube.py", "exec"), {"__name__": "cube_py"})  # noqa: S102 - our own file
    finally:
        del sys.modules["cube"]
        if before:
            sys.modules["cube"] = before
    return found


def contexts() -> dict[str, Context]:
    """By what they are. The token is as long as a warehouse's."""

    def person(**credential: Any) -> Context:
        cloud = {"username": "alice@example.com", "userCredentials": {"warehouse": credential}}
        return {"securityContext": {"cubeCloud": cloud}}

    token = "t" * 1_200
    return {
        "a person": person(accessToken=token, accessTokenExpiresAt="2999-01-01T00:00:00.000Z"),
        "a person without a token": person(),
        "a probe": {},
    }


def microseconds(both: dict[str, Callable[[Context], Any]], ctx: Context) -> float:
    """Of one request: the best of some rounds, as what else the machine does only adds."""
    driver, identifier = both["driver_factory"], both["context_to_orchestrator_id"]
    timer = timeit.Timer(lambda: (driver(ctx), identifier(ctx)), timer=time.thread_time)
    return min(timer.repeat(ROUNDS, CALLS)) / CALLS * 1e6


def table() -> list[str]:
    lines = [f"| driver | {' | '.join(contexts())} |", "|---|" + "---:|" * len(contexts())]
    for name in PARTS:
        both = functions(name)
        figures = [f"{microseconds(both, ctx):.1f}" for ctx in contexts().values()]
        lines.append(f"| `{name}` | {' | '.join(figures)} |")
    return lines


def main(arguments: list[str]) -> int:
    lines = table()
    print(f"microseconds a request, Python {sys.version.split()[0]}", *lines, sep="\n")
    if "--write" in arguments:
        write_block("cube.md", "cost of a request", lines)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
