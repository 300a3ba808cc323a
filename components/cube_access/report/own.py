"""Which types of resources are ours, and what the report calls them.

A stack's state and a recorded preview may be of a version whose resources were dynamic ones
(`pulumi-python:dynamic/aws:Secret`, properties in snake_case) or of our own provider's
(`cube-access:aws:Secret`, in camelCase). Both are one thing to the readers, under the later names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from cube_access.declared import COMPONENT_TYPES
from cube_access.report.errors import ReportError

PACKAGE = "cube-access:"
_DYNAMIC = "pulumi-python:dynamic/"
RESOURCES = {
    "cube-access:aws:Secret": "cube-access:Secret",
    "cube-access:databricks:Intent": "databricks:Intent",
    "cube-access:databricks:Permission": "databricks:Permission",
    "cube-access:databricks:PriorEntries": "databricks:PriorEntries",
    "cube-access:databricks:Settled": "databricks:Settled",
    "cube-access:databricks:TokenExpiry": "databricks:TokenExpiry",
    "cube-access:databricks:WorkspaceIdentity": "databricks:WorkspaceIdentity",
    "cube-access:databricks:WorkspaceMembership": "databricks:WorkspaceMembership",
    "cube-access:index:Guard": "cube-access:Guard",
    "cube-access:snowflake:AllowedRoles": "snowflake:AllowedRoles",
    "cube-access:snowflake:ClientSecret": "snowflake:ClientSecret",
    "cube-access:snowflake:KeyPair": "snowflake:KeyPair",
    "cube-access:snowflake:Mark": "snowflake:Mark",
    "cube-access:snowflake:RolePrivileges": "snowflake:RolePrivileges",
    "cube-access:snowflake:Settled": "snowflake:Settled",
    "cube-access:snowflake:UserDefaults": "snowflake:UserDefaults",
}
"""Our own resources: token to the kind that the readers know it by."""
_DYNAMIC_RESOURCES = {
    "pulumi-python:dynamic/cube-access:Guard": "cube-access:Guard",
    **{
        token.replace(PACKAGE, _DYNAMIC): kind
        for token, kind in RESOURCES.items()
        if ":index:" not in token
    },
}
COMPONENTS = COMPONENT_TYPES | {
    "cube-access:databricks:OAuthIntegration",
    "cube-access:databricks:ServiceAccount",
    "cube-access:snowflake:ExternalOauthIntegration",
    "cube-access:snowflake:OAuthIntegration",
    "cube-access:snowflake:ServiceAccount",
}
"""Components of ours, which make nothing by themselves."""
_BEFORE = {
    f"cube-access:{warehouse}:Environment" for warehouse in ("databricks", "external", "snowflake")
}


ROLE_PRIVILEGES = "snowflake:RolePrivileges"
"""All privileges of one role, of which a refresh sees every one that the role holds."""


def is_component(token: str) -> bool:
    """Whether it is a component of ours, in this version or in one before."""
    return token in COMPONENTS | _BEFORE


@cache
def _fixed() -> dict[str, frozenset[str]]:
    schema = json.loads((files("cube_access.plugin") / "schema.json").read_text(encoding="utf-8"))
    return {
        kind: frozenset(
            name
            for name, each in schema["resources"][token]["inputProperties"].items()
            if each.get("willReplaceOnChanges")
        )
        for token, kind in RESOURCES.items()
    }


def fixed(kind: str) -> frozenset[str]:
    """Properties of one of our own resources whose change replaces it, as the plugin itself has it;
    none of somebody else's.
    """
    return _fixed().get(kind, frozenset())


@cache
def kind_of(token: str) -> str:
    """What the readers call one of our own resources; empty: it is somebody else's, or a component.

    Raises:
        ReportError: it bears our name and is not known, so a report could pass over what it gives.
    """
    kind = RESOURCES.get(token) or _DYNAMIC_RESOURCES.get(token, "")
    if not kind and token.startswith(PACKAGE) and not is_component(token):
        raise ReportError(
            f"the preview has a {token}, which this version of cube-access does not know. Use the "
            "version that the program uses."
        )
    return kind


def renamed(keys: Iterable[str]) -> dict[str, str]:
    """Properties of our own resources: each as it may be written to its name in camelCase."""
    return {key: re.sub(r"(?<=[a-z0-9])_([a-z])", lambda m: m[1].upper(), key) for key in keys}
