"""A team's own hooks for Cube: a file of theirs that becomes part of cube.py, because Cube loads
one file only.

Owns what such a file may hold. It is parsed, and never run here: what its functions do is not
judged.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
import re
import symtable
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

OURS = frozenset(
    {"context_to_orchestrator_id", "driver_factory", "extend_context", "orchestrator_options"}
)
THEIRS = frozenset(
    {
        "can_switch_sql_user",
        "check_auth",
        "check_sql_auth",
        "context_to_api_scopes",
        "context_to_app_id",
        "context_to_cube_store_router_id",
        "context_to_groups",
        "external_driver_factory",
        "logger",
        "pre_aggregations_schema",
        "query_rewrite",
        "query_tags",
        "repository_factory",
        "scheduled_refresh_contexts",
        "scheduled_refresh_time_zones",
        "schema_version",
        "semantic_layer_sync",
    }
)
"""Cube's other functions: the attributes of `config` in its Python module (`cube`, 1.7)."""
PYTHON = (3, 9)
"""The oldest that Cube embeds."""
CONFIG = ("config", "settings")
"""What Cube's module calls its configuration."""
MOST = 64 * 1024
"""Bytes: a file that is meant to be read in a review."""


@dataclass(frozen=True)
class Hooks:
    """A file that may become a part of cube.py."""

    name: str
    text: str
    """Without its `from __future__`, which stands at the top of cube.py."""
    hooks: tuple[str, ...]
    """The functions that Cube will call."""

    @property
    def summary(self) -> str:
        """One line, which changes when the file does."""
        digest = hashlib.sha256(self.text.encode()).hexdigest()[:12]
        return f"{self.name} ({digest}): {', '.join(self.hooks) or 'no function of Cube'}"


def read(path: Path, taken: Mapping[str, str]) -> Hooks:
    """The hooks in a file.

    Args:
        path: the file.
        taken: what cube.py calls something by itself, to the import that it comes from, if any.

    Raises:
        ValueError: it is not there, or cannot be a part of cube.py; the text has every reason.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    if len(data) > MOST:
        raise ValueError(f"has {len(data)} bytes, more than {MOST}: nobody would review it")
    try:
        text = data.decode("utf-8").replace("\r\n", "\n")
        tree = ast.parse(text, feature_version=PYTHON)
    except SyntaxError as error:
        version = ".".join(map(str, PYTHON))
        raise ValueError(f"line {error.lineno or 1}: is no Python {version}: {error.msg}") from None
    except ValueError:
        raise ValueError("is no text in UTF-8") from None
    except (MemoryError, RecursionError):
        raise ValueError("is nested too deeply to be parsed") from None
    uses = _Uses(tree)
    problems = [*uses.problems, *_imports(tree), *_names(text, tree, taken)]
    if problems:
        raise ValueError("; ".join(problems))
    return Hooks(path.name, _body(text, tree), tuple(uses.hooks))


def _body(text: str, tree: ast.Module) -> str:
    lines = text.split("\n")
    for each in reversed(tree.body):
        if isinstance(each, ast.ImportFrom) and each.module == "__future__":
            del lines[each.lineno - 1 : each.end_lineno]
    return "\n".join(lines).strip("\n")


def bindings(tree: ast.Module) -> dict[str, str]:
    """The names that imports of a module's own level bind, to what each stands for."""
    found = {}
    for each in _outside_functions(tree):
        if isinstance(each, ast.Import):
            for alias in each.names:
                name = alias.asname or alias.name.partition(".")[0]
                found[name] = alias.name if alias.asname else name
        elif isinstance(each, ast.ImportFrom):
            for alias in each.names:
                found[alias.asname or alias.name] = f"{each.module}.{alias.name}"
    return found


def names(text: str) -> Iterator[str]:
    """What a module binds in its own scope, from within its functions, too."""
    yield from _bound(symtable.symtable(text, "cube.py", "exec"), own=True)


def _bound(table: symtable.SymbolTable, *, own: bool = False) -> Iterator[str]:
    for symbol in table.get_symbols():
        bound = symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()
        if bound and (own or symbol.is_declared_global()):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _bound(child)


def _names(text: str, tree: ast.Module, taken: Mapping[str, str]) -> Iterator[str]:
    imported = bindings(tree)
    for name in sorted(set(names(text))):
        if name in taken and not (imported.get(name) and imported[name] == taken[name]):
            yield f"binds {name}, which cube.py uses itself: rename it"
        elif name in dir(builtins) and not name.startswith("__"):
            yield f"binds {name}, which is one of Python's own names: rename it"


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from _outside_functions(child)


def _imports(tree: ast.Module) -> Iterator[str]:
    known = sys.stdlib_module_names | {"cube"}
    for each in ast.walk(tree):
        if not isinstance(each, ast.ImportFrom):
            continue
        if any(alias.name == "*" for alias in each.names):
            yield f"line {each.lineno}: imports *, and so names that nobody sees: name them"
        if each.module == "__future__" and [alias.name for alias in each.names] != ["annotations"]:
            yield f"line {each.lineno}: of __future__, cube.py takes annotations only"
    for each in _outside_functions(tree):
        modules = [alias.name for alias in each.names] if isinstance(each, ast.Import) else []
        if isinstance(each, ast.ImportFrom):
            modules = ["." * each.level + (each.module or "")]
        for module in modules:
            if module.partition(".")[0] not in known:
                yield (
                    f"line {getattr(each, 'lineno', 0)}: imports {module}, which Cube does not "
                    "bring: where it is missing, Cube would not start. Import it in the function "
                    "that needs it"
                )


class _Uses:
    """What a file does with Cube's configuration: whatever cannot be read is a problem."""

    def __init__(self, tree: ast.Module) -> None:
        self.hooks: list[str] = []
        self.problems: list[str] = []
        imported = [
            (alias, each.module if isinstance(each, ast.ImportFrom) else "")
            for each in ast.walk(tree)
            if isinstance(each, ast.Import | ast.ImportFrom)
            for alias in each.names
        ]
        self._config = {
            a.asname or a.name for a, of in imported if of == "cube" and a.name in CONFIG
        }
        self._module = {a.asname or a.name for a, of in imported if not of and a.name == "cube"}
        read: set[ast.AST] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for decorator in node.decorator_list:
                    config, name = self._decorated(decorator, node.name)
                    if config:
                        read.add(config)
                        self._hook(name, decorator.lineno, function=True)
            elif (
                isinstance(node, ast.Attribute)
                and isinstance(node.ctx, ast.Store)
                and self._is_config(node.value)
            ):
                read.add(node.value)
                self._hook(node.attr, node.lineno)
        for node in ast.walk(tree):
            if self._is_config(node) and node not in read:
                self._unreadable(node, "does with config what cannot be read")
            elif isinstance(node, ast.Attribute) and self._is_module(node.value):
                read.add(node.value)
        for node in ast.walk(tree):
            if self._is_module(node) and node not in read:
                self._unreadable(node, "does with cube what cannot be read")

    def _unreadable(self, node: ast.AST, what: str) -> None:
        line = getattr(node, "lineno", 0)
        self.problems.append(f'line {line}: {what}: write @config("…") above a function')

    def _is_module(self, node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and node.id in self._module

    def _is_config(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Attribute):
            return node.attr in CONFIG and self._is_module(node.value)
        return isinstance(node, ast.Name) and node.id in self._config

    def _decorated(self, decorator: ast.expr, function: str) -> tuple[ast.expr | None, str]:
        """The configuration in a decorator that says what its function is, and what that is."""
        if isinstance(decorator, ast.Call) and self._is_config(decorator.func):
            first = decorator.args[0] if decorator.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                return decorator.func, first.value
        return (decorator if self._is_config(decorator) else None), function

    def _hook(self, name: str, line: int, *, function: bool = False) -> None:
        if name in OURS:
            self.problems.append(
                f"line {line}: sets {name}, which decides whose connection a query has: that is "
                "cube.py's own"
            )
        elif name in THEIRS:
            self.hooks.append(name)
        elif function:
            close = next(iter(get_close_matches(name, THEIRS, 1, 0.7)), "")
            hint = f"did you mean {close}?" if close else f"there are {', '.join(sorted(THEIRS))}"
            self.problems.append(
                f"line {line}: sets {name!r}, which is no function of Cube; {hint}"
            )


def name_problem(path: str) -> str:
    """What is wrong with how a file of hooks is named; empty: nothing."""
    if not re.fullmatch(r"[\w./ -]+\.py", path, re.ASCII):
        return "is no path to a Python file, with letters, digits and ._/- only"
    return ""
