"""The cube.py that Cube loads: one reviewed file per warehouse in `recipes/`, with a header that
says where it is from.
"""

from __future__ import annotations

from pathlib import Path

RECIPES = Path(__file__).parent / "recipes"

HEADER = """\
# Written by cube-access for warehouse: {warehouse}. The same file serves
# every environment; what differs stands in Cube's environment variables
# (stack output cube_env). Do not edit: change components/cube/recipes/.
"""


def render(warehouse: str) -> str:
    """The text of cube.py for a warehouse."""
    recipe = RECIPES / f"{warehouse}.py"
    return HEADER.format(warehouse=warehouse) + recipe.read_text(encoding="utf-8")
