# A copy, by `make docs`, of cube-access's own
# components/cube_access/facts/unity.py: change it there.

"""Unity Catalog's privileges: how one is compared, and which give no more than reading."""

from __future__ import annotations

# Names only, or the way to what is granted below.
# https://docs.databricks.com/aws/en/data-governance/unity-catalog/manage-privileges/privileges
WAY = frozenset({"BROWSE", "USE_CATALOG", "USE_SCHEMA"})
READING = WAY | {"SELECT"}

# Databricks' own catalogs: an account's history, data for everybody, and by its beginning the rest.
SYSTEM, SAMPLES, INTERNAL = "system", "samples", "__databricks"
HISTORY = ("access", "query")
"""Of the first: who did what in the account, and all statements with what is written in them.
https://docs.databricks.com/aws/en/admin/system-tables/
"""
NO_OWNER = "System user"
"""Who owns a metastore that has no administrator: no principal that could own anything else."""


def is_history(name: str) -> bool:
    """Whether a securable, by its full name, has the account's history in it."""
    parts = name.casefold().split(".")
    return parts[0] == SYSTEM and (len(parts) == 1 or parts[1] in HISTORY)


def privilege(text: str) -> str:
    """As it is compared: Databricks takes "use catalog" and USE_CATALOG for the same."""
    return "_".join(text.upper().split())
