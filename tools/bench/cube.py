"""What the emitted cube.py costs a request, for each driver, and beside it what the file of Cube's
guide costs.

Usage: python -m tools.bench.cube [--write]; with --write, into docs/cube.md. The figures are of the
machine that it runs on; their ratio to the guide's less so.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
import timeit
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from cube_access.cube.cube_py import PARTS, render
from tools.blocks import write_block

GUIDE = Path(__file__).parents[2] / "tests/cube/published/later.py"
GUIDES_VARIABLES = {
    "CUBEJS_DB_TYPE": "databricks-jdbc",
    "CUBEJS_DB_DATABRICKS_URL": "jdbc:databricks://h:443/default;httpPath=/sql/1.0/warehouses/1",
    "CUBEJS_DB_DATABRICKS_TOKEN": "t" * 40,
}
ROUNDS, CALLS = 200, 200

Context = dict[str, Any]
Functions = dict[str, Callable[[Context], Any]]


@contextlib.contextmanager
def cube_module() -> Iterator[Functions]:
    """A module named cube that keeps what it is handed, as Cube's own does."""
    found: Functions = {}
    module = types.ModuleType("cube")
    module.config = lambda name: lambda function: found.setdefault(name, function)  # type: ignore[attr-defined]
    before = sys.modules.get("cube")
    sys.modules["cube"] = module
    try:
        yield found
    finally:
        del sys.modules["cube"]
        if before:
            sys.modules["cube"] = before


def functions(text: str) -> Functions:
    """A cube.py's, loaded as Cube loads it."""
    with cube_module() as found:
        exec(compile(text, "cube.py", "exec"), {"__name__": "cube_py"})  # noqa: S102 - our own files
    return found


def contexts() -> dict[str, Context]:
    """By what they are, as Cube's gateway makes them. The token is as long as a warehouse's."""

    def person(**credential: Any) -> Context:
        cloud = {"username": "alice@example.com", "userCredentials": {"databricks": credential}}
        security = {"cubeCloud": cloud}
        return {
            "securityContext": security,
            "authInfo": security,
            "signedWithPlaygroundAuthSecret": False,
            "requestId": "a-span-1",
            "cubeAccess": {"at": time.time(), "jobs": False},
        }

    token = "t" * 1_200
    return {
        "a person": person(accessToken=token, accessTokenExpiresAt="2999-01-01T00:00:00.000Z"),
        "a person without a token": person(),
        "a probe": {},
    }


def microseconds(both: Functions, ctx: Context) -> float:
    """Of one request: the best of some rounds, as what else the machine does only adds."""
    driver, identifier = both["driver_factory"], both["context_to_orchestrator_id"]

    def request() -> None:
        driver(ctx)
        with contextlib.suppress(PermissionError):  # who is denied is told so
            identifier(ctx)

    timer = timeit.Timer(request, timer=time.thread_time)
    return min(timer.repeat(ROUNDS, CALLS)) / CALLS * 1e6


def table() -> list[str]:
    os.environ.update(GUIDES_VARIABLES)
    guides = functions(GUIDE.read_text())
    costs = {name: microseconds(guides, ctx) for name, ctx in contexts().items()}
    lines = [
        f"| driver | {' | '.join(contexts())} |",
        "|---|" + "---:|" * len(contexts()),
        f"| the guide's | {' | '.join(f'{cost:.1f}' for cost in costs.values())} |",
    ]
    for driver in PARTS:
        both = functions(render(driver, source="databricks", fallback="deny"))
        figures = [(microseconds(both, ctx), costs[name]) for name, ctx in contexts().items()]
        cells = [f"{ours:.1f} ({ours / guides_own:.1f}x)" for ours, guides_own in figures]
        lines.append(f"| `{driver}` | {' | '.join(cells)} |")
    return lines


def main(arguments: list[str]) -> int:
    lines = table()
    print(f"microseconds a request, Python {sys.version.split()[0]}", *lines, sep="\n")
    if "--write" in arguments:
        write_block("cube.md", "cost of a request", lines)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
