"""What earlier versions kept in the state beside their grants: an `up` removes it."""

from __future__ import annotations

from cube_access.provider.definition import TEXTS, Definition, Property
from cube_access.provider.lifecycle import Lifecycle


class ReadScopeLifecycle(Lifecycle):
    """Lives in the state only. No program makes one any more."""

    definition = Definition(
        module="snowflake",
        name="ReadScope",
        description="Of earlier versions: what was readable. Made no more.",
        inputs={
            "scopes": Property(
                description="Databases, schemas and tables, each as the parts of its name.",
                type={"type": "array", "items": TEXTS},
            )
        },
    )
