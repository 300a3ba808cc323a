"""What a program asks of us, before anything was applied: by an offline preview of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cube_access import stack as stacks
from cube_access.declared import SECRETS, sealed, settings_from
from cube_access.report import offline, preview
from cube_access.report.preview import SECRET, UNKNOWN
from cube_access.roles.files import RolesError
from cube_access.settings import Settings

WHY = {
    SECRET: "it is encrypted in the stack's configuration, or held for secret by the program",
    UNKNOWN: "the program makes it of what is known only once it was applied",
}


def settings(folder: Path, stack: str, component: str = "") -> Settings:
    """The settings of a component, as the program in a folder asks for them now.

    A look at a setting that a preview without sign-in and passphrase does not know is refused.

    Raises:
        ExplainedError: no such program or component, or the program fails.
    """
    tree = offline.checkout(folder)
    name = stack.rpartition("/")[2]
    if tree.stacks and not tree.has(name):
        raise RolesError(
            f"there is no Pulumi.{name}.yaml in {tree.program}. Stacks with a file: "
            f"{', '.join(tree.stacks)}."
        )
    written = offline.preview(tree, name)
    found = preview.read([("the digest", written.digest), ("the event log", written.events)])
    if found.errors:
        raise RolesError("; ".join(found.errors))
    states = [{"urn": urn} for urn in found.components]
    urn = stacks.chosen(states, component, f"the program in {tree.program}")["urn"]
    declared = found.components[urn][1].get("declaration")
    if not isinstance(declared, dict):
        why = WHY.get(str(declared), "it has none")
        raise RolesError(f"what {urn.rpartition('::')[2]} asks for cannot be read: {why}.")
    gaps = {key: why for key, value in declared.items() if (why := _gap(value))}
    kept = {key: value for key, value in declared.items() if key not in gaps}
    kept[SECRETS] = [*declared[SECRETS], *gaps]
    return sealed(settings_from(kept), gaps)


def _gap(value: Any) -> str:
    """Why a value, or a part of it, is not what it will be; empty where it is."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return next((why for each in value if (why := _gap(each))), "")
    return next((why for mark, why in WHY.items() if mark in str(value)), "")
