"""Each part of the tree stands above all that it imports: the plan of the house, held by a test."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "components/cube_access"

# From the ground up. A part imports parts of lower floors only, and none of its own floor: so the
# warehouses know nothing of each other, and neither do the commands.
FLOORS: tuple[tuple[str, frozenset[str]], ...] = (
    ("facts that several parts must know alike", frozenset({"facts"})),
    (
        "small tools of one module each",
        frozenset(
            {
                "explained",
                "flags",
                "in_parts",
                "lazy",
                "lookup",
                "offline",
                "progress",
                "trouble",
                "version",
            }
        ),
    ),
    ("what the text of cube.py is made of", frozenset({"cube_py"})),
    ("what is configured; what a resource is made of", frozenset({"settings", "provider"})),
    ("what a component was asked for, as its stack's state says", frozenset({"declared"})),
    ("a stack as it was applied", frozenset({"stack"})),
    ("the secret store; what is rendered for Cube", frozenset({"aws", "cube"})),
    ("what all components have alike", frozenset({"component"})),
    ("what is made in a warehouse", frozenset({"databricks", "external", "snowflake"})),
    ("what the engine starts", frozenset({"plugin"})),
    ("commands", frozenset({"init", "recover", "report", "verify"})),
    ("commands that preview, or write pages, as the report does", frozenset({"audit", "roles"})),
    ("a command that asks for what roles writes", frozenset({"doctor"})),
    ("the command line", frozenset({"cli"})),
)
# A part of its own, in the folder of those who use it: settings judge cube.py's own hooks, and what
# renders for Cube reads settings.
LOWER = {"cube.cube_py": "cube_py", "cube.hooks": "cube_py"}
FLOOR = {part: number for number, (_, parts) in enumerate(FLOORS) for part in parts}

# Beside the package: what each may import of the project.
BESIDE = {
    "__main__.py": frozenset({"cube_access"}),
    "policies": frozenset({"rules"}),  # it travels alone
    "sandbox": frozenset({"sandbox"}),  # it plays the other side, and has its own facts
    "tools": frozenset({"cube_access", "rules", "sandbox", "tools"}),
}
# What breaks the plan and is known; each is to go, and none is added without a reason.
KNOWN = {
    # They play what the tests play, with the tests' helpers.
    "tools/demo_cube.py imports tests.cube.api.Api",
    "tools/demo_cube.py imports tests.cube.real.RealCube",
}
OURS = frozenset({"cube_access", "rules", "sandbox", "tests", "tools"})


def imports(path: Path, package: str = "") -> Iterator[str]:
    """The full name of each module, or of the name in it, that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            start = [*(above if node.level else []), *([node.module] if node.module else [])]
            yield from (".".join([*start, each.name]) for each in node.names)


def part(name: str) -> str:
    """Of cube_access, that a module is in; `version` is what the package itself has."""
    inside = name.split(".")[1:]
    lower = LOWER.get(".".join(inside[:2]))
    return lower or ("version" if inside[0] == "__version__" else inside[0])


def files() -> dict[str, list[Path]]:
    """Of each part."""
    found: dict[str, list[Path]] = {}
    for path in sorted(PACKAGE.glob("**/*.py")):
        inside = path.relative_to(PACKAGE.parent).with_suffix("").parts
        if inside[1] not in ("__init__", "__main__"):
            found.setdefault(part(".".join(inside)), []).append(path)
    return found


def test_the_table_has_every_part() -> None:
    assert files().keys() == FLOOR.keys() - {"version"}


@pytest.mark.parametrize("name", files())
def test_a_part_imports_lower_floors_only(name: str) -> None:
    wrong = []
    for path in files()[name]:
        package = ".".join(path.parent.relative_to(PACKAGE.parent).parts)
        for each in imports(path, package):
            if each.startswith("cube_access.") and (other := part(each)) != name:
                if other not in FLOOR:  # a name that the package hands out, as its users take it
                    wrong.append(f"{path.relative_to(ROOT)}: {each}: import it from its module")
                elif FLOOR[other] >= FLOOR[name]:
                    wrong.append(f"{path.relative_to(ROOT)} imports {each}")
            elif each.split(".")[0] in OURS - {"cube_access"}:
                wrong.append(f"{path.relative_to(ROOT)} imports {each}: it is not shipped")
    new = [each for each in wrong if each not in KNOWN]
    assert not new, "\n".join(["these are not below it:", *new])


@pytest.mark.parametrize("name", BESIDE)
def test_what_is_beside_the_package_imports_what_it_may(name: str) -> None:
    top = ROOT / name
    wrong = [
        f"{path.relative_to(ROOT)} imports {each}"
        for path in ([top] if top.is_file() else sorted(top.rglob("*.py")))
        for each in imports(path, ".".join(path.parent.relative_to(ROOT).parts))
        if each.split(".")[0] in OURS - BESIDE[name]
    ]
    new = [each for each in wrong if each not in KNOWN]
    assert not new, "\n".join(new)


@pytest.mark.parametrize("known", sorted(KNOWN))
def test_what_is_known_is_still_so(known: str) -> None:
    name, _, imported = known.partition(" imports ")
    assert imported in imports(ROOT / name), "it is mended: take it out of KNOWN"


def test_an_import_upwards_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "some.py"
    path.write_text("def later():\n    from ..snowflake import session\n    import tools.demo\n")
    assert list(imports(path, "cube_access.settings")) == [
        "cube_access.snowflake.session",
        "tools.demo",
    ]
