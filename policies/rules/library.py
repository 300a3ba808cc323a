"""Packages that the pack needs, and not what is called alike beside the program: the engine starts
a pack in the program's folder, and Python looks there first.
"""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path
from typing import Any


def library(name: str) -> Any:
    """An installed package.

    Raises:
        ModuleNotFoundError: there is none.
    """
    found = sys.modules.get(name)
    if found and Path(found.__file__ or "").parent.resolve() != Path.cwd():  # of a link the place
        return found
    paths = [path for path in sys.path if Path(path or ".").resolve() != Path.cwd()]
    spec = PathFinder.find_spec(name, paths)
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    module = module_from_spec(spec)
    sys.modules[name] = module  # its own modules look for it there
    spec.loader.exec_module(module)
    return module
