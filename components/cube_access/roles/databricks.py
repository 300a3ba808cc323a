"""Rights in Databricks, as `databricks api` calls for a service principal that is there.

Databricks has no role below account admin for OAuth apps, account-level service principals and
their secrets, and none that may look at them without changing them: a preview with --refresh needs
the deployer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from cube_access.databricks.grants import reading
from cube_access.settings import DatabricksSettings

# Replaced by the shell: nobody knows them before the principal is made.
PRINCIPAL_ID, APPLICATION_ID = "${PRINCIPAL_ID}", "${APPLICATION_ID}"
# What MANAGE on a catalog needs beside it to reach what is in there. It reads no row.
MANAGE = ("MANAGE", "USE_CATALOG", "USE_SCHEMA")


@dataclass(frozen=True)
class Step:
    """One call, that gives one right."""

    profile: Literal["ACCOUNT", "WORKSPACE"]
    method: Literal["patch", "put"]
    path: str
    body: dict[str, Any]
    why: str

    @property
    def command(self) -> str:
        # Double quotes, for the shell to put the ids in; the JSON has no other dollar.
        text = json.dumps(self.body).replace("\\", "\\\\").replace('"', '\\"')
        return (
            f'databricks api {self.method} --profile "${{{self.profile}_PROFILE:-{self.profile}}}" '
            f'"{self.path}" --json "{text}"'
        )


def deployer_steps(settings: DatabricksSettings) -> list[Step]:
    """What `up`, refresh, rotation and destroy need. A workspace admin may manage every SQL
    warehouse, and make one.
    """
    operation = {"op": "add", "path": "roles", "value": [{"value": "account_admin"}]}
    patch = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [operation],
    }
    steps = [
        Step(
            "ACCOUNT",
            "patch",
            f"{_account(settings)}/scim/v2/ServicePrincipals/{PRINCIPAL_ID}",
            patch,
            "account admin: the OAuth app, the service principal, its secrets, its assignment",
        ),
        _assignment(settings, "ADMIN", "workspace admin: entitlements, tokens, SQL warehouses"),
    ]
    steps += [
        _grant(catalog, MANAGE, "to grant on the catalog and what is in it")
        for catalog in _catalogs(settings)
    ]
    return steps


def previewer_steps(settings: DatabricksSettings) -> list[Step]:
    """What a preview looks at, in rights that neither change anything nor read a row."""
    steps = [_assignment(settings, "USER", "to sign in to the workspace, and to see its groups")]
    steps += [
        _grant(catalog, ("BROWSE",), "to see that schemas and tables exist")
        for catalog in _catalogs(settings)
    ]
    if settings.sql_warehouse_id:
        entry = {"service_principal_name": APPLICATION_ID, "permission_level": "CAN_VIEW"}
        steps.append(
            Step(
                "WORKSPACE",
                "patch",
                f"/api/2.0/permissions/warehouses/{settings.sql_warehouse_id}",
                {"access_control_list": [entry]},
                "to see that the SQL warehouse exists; runs nothing on it",
            )
        )
    return steps


def _account(settings: DatabricksSettings) -> str:
    return f"/api/2.0/accounts/{settings.databricks_account_id}"


def _assignment(settings: DatabricksSettings, permission: str, why: str) -> Step:
    where = f"workspaces/{settings.databricks_workspace_id}/permissionassignments/principals"
    path = f"{_account(settings)}/{where}/{PRINCIPAL_ID}"
    return Step("ACCOUNT", "put", path, {"permissions": [permission]}, why)


def _grant(catalog: str, privileges: Iterable[str], why: str) -> Step:
    path = f"/api/2.1/unity-catalog/permissions/catalog/{quote(catalog, safe='')}"
    change = {"principal": APPLICATION_ID, "add": list(privileges)}
    return Step("WORKSPACE", "patch", path, {"changes": [change]}, why)


def _catalogs(settings: DatabricksSettings) -> list[str]:
    privileges = reading(settings.schemas, settings.tables)
    return sorted({name.split(".")[0] for name in privileges})


def deployer_script(settings: DatabricksSettings) -> str:
    notes = [
        f"The deployer of {settings.name}: up, refresh, rotation, destroy.",
        "Databricks has no narrower role than account admin for OAuth apps and service principals: "
        "guard this principal like an administrator.",
    ]
    return _script(notes, f"{settings.name}-deployer", settings, deployer_steps(settings))


def previewer_script(settings: DatabricksSettings) -> str:
    notes = [
        f"The previewer of {settings.name}: preview, without --refresh. Changes nothing, reads no "
        "row.",
        "Databricks shows OAuth apps and secrets of service principals to account admins only: a "
        "preview with --refresh needs the deployer.",
    ]
    return _script(notes, f"{settings.name}-previewer", settings, previewer_steps(settings))


def _script(
    notes: list[str], principal: str, settings: DatabricksSettings, steps: Iterable[Step]
) -> str:
    lines = [
        "#!/bin/sh",
        *(f"# {note}" for note in notes),
        "# Run by an account admin who owns the catalogs or is metastore admin, with the "
        "Databricks CLI and two profiles:",
        f"# ACCOUNT for {settings.account_host}, WORKSPACE for "
        f"https://{settings.databricks_workspace_host}.",
        "# First: databricks account service-principals create --profile ACCOUNT --display-name "
        f"{principal}",
        "set -eu",
        f': "${{PRINCIPAL_ID:?the numeric id of {principal}}}"',
        f': "${{APPLICATION_ID:?the application id of {principal}, a UUID}}"',
    ]
    for step in steps:
        lines += [f"# {step.why}", step.command]
    return "\n".join([*lines, ""])
