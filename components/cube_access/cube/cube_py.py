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

Credential = Literal["secret", "token", "token-file"]
"""What a service account signs in with: a key, password or OAuth secret; a token; or a token in a
file, which Cube Cloud keeps.
"""
People = Literal["oauth-app", "cube-cloud"]
"""Where people's tokens come from: an OAuth app of Cube Cloud's, or Cube Cloud itself."""
FLAGS = ("FALLS_BACK", "SEVERAL", "PREFIXED", "BY_BEARER", "BY_FILE", "VOUCHED")
"""What decides which branches of the parts are in a cube.py."""

PARTS: Mapping[str, tuple[str, ...]] = {
    "databricks-jdbc": ("options", "databricks"),
    "snowflake": ("options", "snowflake"),
    "trino": ("options", "database_user", "trino"),
    "prestodb": ("options", "database_user", "trino"),
    "postgres": ("options", "database_user", "postgres"),
    "questdb": ("options", "database_user", "postgres"),
    "mssql": ("mssql",),
    "mysql": ("options", "database_user", "mysql"),
    "pinot": ("pinot",),
}
"""Cube's name of a driver to what its cube.py has between shared.py and functions.py."""

HEADER = '''\
"""Cube's connections, each as the person who asks. Written by cube-access; do not edit.

    driver          {driver}
    source          {source}, the key under cubeCloud.{tokens} of a person's token
    fallback        {fallback}: {consequence}
    data sources    {data_sources}
{own_hooks}
What Cube asks by itself (liveness checks, the refresh worker with any of its security contexts)
uses the service account, and so does the list of tables that Cube shows to everybody in development
mode. Denied are all other requests that name nobody, such as the SQL API's own user's, and those
for a data source that is not listed.

Pre-aggregations are built as the service account: by what Cube asks by itself, and by the jobs that
a holder of Cube's scope for them orders. Whoever may query the cube and is not denied
reads them: the warehouse's own restrictions do not apply. For data that is restricted by person,
use Cube's access policies, or do without. Addresses and secrets stand in environment variables.
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
    credential: Credential = "secret",
    people: People = "oauth-app",
) -> str:
    """The text of cube.py.

    Args:
        driver: Cube's name of the driver of people's data source.
        source: the key of a person's token.
        fallback: what a person without a usable token gets.
        data_source: the name that Cube knows people's data source by.
        others: the data sources that everybody shares, and their drivers.
        hooks: the environment's own.
        credential: what the service account signs in with.
        people: where their tokens come from.
    """
    others = dict(others or {})
    header = HEADER.format(
        driver=driver,
        source=source,
        tokens="oidcTokens" if people == "cube-cloud" else "userCredentials",
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
    flags = {
        "FALLS_BACK": fallback == "service-account",
        "SEVERAL": bool(others),
        "PREFIXED": data_source != "default",
        "BY_BEARER": credential == "token",
        "BY_FILE": credential == "token-file",
        "VOUCHED": people == "cube-cloud",
    }
    decisions: dict[str, str | dict[str, str]] = {
        "DRIVER": driver,
        "SOURCE": source,
        "DATA_SOURCE": data_source,
        **({"OTHER_DATA_SOURCES": others} if others else {}),
    }
    constants = "".join(f"{name} = {_literal(value)}\n" for name, value in decisions.items())
    texts = [_decided(_text(name), flags) for name in ("shared", *PARTS[driver], "functions")]
    body = "\n\n\n".join(_body(text) for text in texts)
    theirs = OWN_HOOKS.format(name=hooks.name, text=hooks.text) if hooks else ""
    future = "from __future__ import annotations\n\n" if hooks else ""
    return f"{header}{future}{_imports(texts, body)}\n{constants}\n{theirs}{body}\n"


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
    return {name: place for name, place in found.items() if name not in FLAGS}


def _text(part: str) -> str:
    return (RECIPES / f"{part}.py").read_text(encoding="utf-8")


def _literal(value: str | Mapping[str, str]) -> str:
    if isinstance(value, str):
        return json.dumps(value)
    return "".join(
        ["{\n", *(f"    {json.dumps(k)}: {json.dumps(v)},\n" for k, v in value.items()), "}"]
    )


def _decided(text: str, flags: Mapping[str, bool]) -> str:
    """The text with each `if` of a flag replaced by the branch taken. No branch holds another."""
    lines = text.splitlines()
    branches = {
        node: node.test.id
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id in flags
    }
    for node in sorted(branches, key=lambda node: node.lineno, reverse=True):
        start, end = node.lineno - 1, node.end_lineno or 0
        middle = node.body[-1].end_lineno or 0
        taken = lines[start + 1 : middle] if flags[branches[node]] else lines[middle + 1 : end]
        # With nothing in its place, the blank lines before it go, too.
        while not taken and start and not lines[start - 1]:
            start -= 1
        lines[start:end] = [line[4:] for line in taken]
    return "\n".join(lines) + "\n"


def _body(text: str) -> str:
    """What follows a part's imports."""
    imports = [each for each in ast.parse(text).body if isinstance(each, IMPORTS)]
    return "".join(text.splitlines(keepends=True)[imports[-1].end_lineno :]).strip()


def _imports(texts: Sequence[str], body: str) -> str:
    """What the parts import and use, together, in the usual order."""
    used = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
    modules: set[str] = set()
    names: dict[str, set[str]] = {}
    for statement in (each for text in texts for each in ast.parse(text).body):
        if isinstance(statement, ast.Import):
            modules.update(alias.name for alias in statement.names if alias.name in used)
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            found = {alias.name for alias in statement.names} & used
            if found and statement.module.partition(".")[0] != "cube_access":
                names.setdefault(statement.module, set()).update(found)
    # As ruff sorts them: constants, classes, functions; Cube's own module after Python's.
    lines = [f"import {module}" for module in sorted(modules)]
    for module in sorted(names, key=lambda name: (name == "cube", name)):
        listed = sorted(names[module], key=lambda n: (not n.isupper(), n[0].islower(), n))
        lines += [""] * (module == "cube") + [f"from {module} import {', '.join(listed)}"]
    return "\n".join(lines) + "\n"
