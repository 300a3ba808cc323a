"""The cube.py that Cube loads: the environment's decisions, and the parts of `recipes/` that its
driver needs, as one file to be read in a review.

It knows no secret and no address: those stand in Cube's environment variables (`env.py`).
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Literal

from cube_access.cube import hooks as own_hooks
from cube_access.cube.hooks import Hooks

RECIPES = Path(__file__).parent / "recipes"
IMPORTS = (ast.Import, ast.ImportFrom)

PARTS: Mapping[str, tuple[str, ...]] = {
    "databricks-jdbc": ("databricks",),
    "snowflake": ("snowflake",),
    "trino": ("database_user", "trino"),
    "prestodb": ("database_user", "trino"),
    "postgres": ("database_user", "postgres"),
    "questdb": ("database_user", "postgres"),
    "mssql": ("mssql",),
}
"""Cube's name of a driver to what its cube.py has between shared.py and functions.py."""

HEADER = '''\
"""Cube's connections, each as the person who asks. Written by cube-access; do not edit.

Settings, from the stack's configuration:

    driver          {driver}
    source          {source}, the key under cubeCloud.userCredentials of a person's token
    fallback        {fallback}: {consequence}
    data sources    {data_sources}
{own_hooks}
Cube Cloud signs each person in and puts their token into the request's security context. This file
hands it to Cube's driver. What Cube asks by itself (liveness checks, the refresh worker with any of
its security contexts) uses the service account, and so does the list of tables that Cube shows to
everybody in development mode. No other request from outside that names nobody does (such as the SQL
API's own user), and one for a data source that is not listed is denied to everybody.

Pre-aggregations: who builds, who reads. Two build them, both as the service account and on whatever
kind of node: what Cube asks by itself, and the jobs that a holder of Cube's scope for them orders.
Everybody reads them who is not denied and may query the cube, whatever the warehouse would show
them. For data that is restricted by person, use Cube's access policies, or do without.

Addresses and secrets stand in environment variables, read once, when Cube starts. Standard library
only.
"""

'''
OWN_HOOKS = """\
# The environment's own hooks: {name} of the stack's folder, as it is. This part is not written by
# cube-access, and not judged: docs/cube.md says what such a hook may do to who a query runs as.

{text}

# Here the environment's own hooks end.


"""
CONSEQUENCES = {
    "deny": "a person without a usable token gets an error",
    "service-account": "a person without a usable token queries as the service account",
}


def render(
    driver: str,
    *,
    source: str,
    fallback: Literal["deny", "service-account"],
    data_source: str = "default",
    others: Mapping[str, str] | None = None,
    hooks: Hooks | None = None,
) -> str:
    """The text of cube.py.

    Args:
        driver: Cube's name of the driver of people's data source.
        source: the key under userCredentials.
        fallback: what a person without a usable token gets.
        data_source: the name that Cube knows people's data source by.
        others: the data sources that everybody shares, and their drivers.
        hooks: the environment's own.
    """
    others = dict(others or {})
    header = HEADER.format(
        driver=driver,
        source=source,
        fallback=fallback,
        consequence=CONSEQUENCES[fallback],
        data_sources="\n                    ".join(
            [
                f"{data_source}, as each person",
                *(f"{name} ({kind}), shared by everybody" for name, kind in others.items()),
            ]
        ),
        own_hooks=f"    own hooks       {hooks.summary}\n" if hooks else "",
    )
    decisions = [
        f"{name} = {json.dumps(value)}"
        for name, value in (
            ("DRIVER", driver),
            ("SOURCE", source),
            ("FALLBACK", fallback),
            ("DATA_SOURCE", data_source),
        )
    ]
    entries = "".join(f"    {json.dumps(n)}: {json.dumps(k)},\n" for n, k in others.items())
    decisions.append(
        "OTHER_DATA_SOURCES: dict[str, str] = {" + (f"\n{entries}" if entries else "") + "}\n"
    )
    texts = [_text(name) for name in ("shared", *PARTS[driver], "functions")]
    body = "\n\n\n".join(_body(text) for text in texts)
    theirs = OWN_HOOKS.format(name=hooks.name, text=hooks.text) if hooks else ""
    return f"{header}{_imports(texts)}\n{chr(10).join(decisions)}\n{theirs}{body}\n"


def read_hooks(path: str) -> Hooks | None:
    """The environment's own hooks, in the file of this path; none for an empty one.

    Raises:
        ValueError: they cannot be a part of cube.py; the text has every reason.
    """
    if not path:
        return None
    if problem := own_hooks.name_problem(path):
        raise ValueError(problem)
    return own_hooks.read(Path(path), _taken())


@cache
def _taken() -> Mapping[str, str]:
    """What any cube.py calls something by itself, to the import that it comes from."""
    found: dict[str, str] = {}
    for path in RECIPES.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        imported = own_hooks.bindings(ast.parse(text))
        found |= {name: imported.get(name, "") for name in own_hooks.names(text)}
    return found


def _text(part: str) -> str:
    return (RECIPES / f"{part}.py").read_text(encoding="utf-8")


def _body(text: str) -> str:
    """What follows a part's imports."""
    imports = [each for each in ast.parse(text).body if isinstance(each, IMPORTS)]
    return "".join(text.splitlines(keepends=True)[imports[-1].end_lineno :]).strip()


def _imports(texts: Sequence[str]) -> str:
    """What the parts import from the standard library, together, in the usual order."""
    modules: set[str] = set()
    names: dict[str, set[str]] = {}
    for statement in (each for text in texts for each in ast.parse(text).body):
        if isinstance(statement, ast.Import):
            modules.update(alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            found = names.setdefault(statement.module, set())
            found.update(alias.name for alias in statement.names)
    lines = [f"import {module}" for module in sorted(modules)]
    for module in sorted(names):
        # Constants, classes, functions: as ruff sorts them.
        listed = sorted(names[module], key=lambda n: (not n.isupper(), n[0].islower(), n))
        if module.partition(".")[0] not in ("__future__", "cube_access"):
            lines.append(f"from {module} import {', '.join(listed)}")
    return "from __future__ import annotations\n\n" + "\n".join(lines) + "\n"
