"""The sandbox's modules stand on each other in one direction, their types included."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import sandbox

ROOT = Path(sandbox.__file__).parent


def imported(path: Path, modules: dict[str, Path]) -> set[str]:
    """What a module imports of the package, wherever in the file it does."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= names & modules.keys() or {node.module}
    return found & modules.keys()


def test_no_module_imports_another_in_a_circle():
    modules = {
        ".".join((ROOT.name, *path.relative_to(ROOT).with_suffix("").parts)): path
        for path in ROOT.rglob("*.py")
        if path.name != "__init__.py"
    }
    graph = {name: imported(path, modules) for name, path in modules.items()}
    assert graph["sandbox.snowflake.show"] >= {"sandbox.snowflake.account"}, "the graph is read"
    order = list(TopologicalSorter(graph).static_order())  # raises CycleError
    assert order.index("sandbox.snowflake.account") < order.index("sandbox.snowflake.queries")
