"""How a SCIM filter of Databricks' is written."""

from __future__ import annotations


def called(name: str) -> str:
    """The filter for what has this display name: Databricks compares without regard to case.

    https://www.rfc-editor.org/rfc/rfc7644#section-3.4.2.2
    """
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'displayName eq "{escaped}"'
