"""A warehouse's SDK, of which only the parts in use are loaded.

`import pulumi_snowflake` runs all of its modules, of which there are more than two hundred, one for
each resource and data source; that is more than half of what it costs. The packages are generated,
and have no switch for it.
"""

from __future__ import annotations

import re
import sys
from importlib import import_module
from importlib.util import find_spec, module_from_spec
from typing import Any

SHARED = ("_utilities", "outputs")
"""Modules that the others import."""


def find(package: str) -> None:
    """Lets `import package` give a module that runs nothing yet. A resource's class, or the class
    of its args, then loads what that resource needs; whatever else is asked for loads all.

    Only for a program that is ours alone: a star import of such a module finds nothing, and the
    engine's references to the package's resources do not become objects of its classes.

    Does nothing where the package is loaded already, or is not installed.
    """
    if package in sys.modules:
        return
    spec = find_spec(package)
    if spec is None or spec.loader is None:
        return
    loader = spec.loader
    module = module_from_spec(spec)

    def part(name: str) -> Any:
        """What `__getattr__` of the module gives (PEP 562)."""
        if name[:1].isupper():
            # ServiceUser is in service_user; what is in maps, such as SqlEndpointTagsArgs, in one
            # module that every resource loads.
            own = f"{package}.{re.sub(r'(?<!^)(?=[A-Z])', '_', name).lower()}"
            where = own if find_spec(own) else f"{package}._inputs"
            found = getattr(import_module(where), name, None)
            if found is not None:
                setattr(module, name, found)
                return found
        elif name in SHARED:
            # The importer looks here first, and then loads the module.
            raise AttributeError(name)
        del module.__getattr__  # type: ignore[attr-defined] # from here on it is the real one
        loader.exec_module(module)
        return getattr(module, name)

    module.__getattr__ = part  # type: ignore[method-assign]
    sys.modules[package] = module
