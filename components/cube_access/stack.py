"""A stack as its last `pulumi up` left it, whichever program that was: the state, and our
components in there.

Owns how `pulumi` is started for that and what an exported state looks like. A secret comes through
a pipe, only where it is asked for, and is in no field that a repr shows.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cube_access.declared import COMPONENT_TYPES
from cube_access.explained import ExplainedError

State = Mapping[str, Any]
"""A resource, as in the exported state."""
# https://www.pulumi.com/docs/iac/concepts/secrets/: the engine's mark of a value, and of a secret.
_SIGNATURE, _SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"


class StackError(ExplainedError):
    """A stack cannot be read, or does not have what is asked for."""


@dataclass(frozen=True, kw_only=True)
class Component:
    """One of our components, as the state has it."""

    stack: str
    name: str
    """The name that the program gives it."""
    outputs: Mapping[str, Any] = field(repr=False)
    children: Sequence[State] = field(repr=False)
    """Every resource below it."""

    @property
    def described(self) -> str:
        return f"{self.name} of stack {self.stack}"


def path() -> str:
    """PATH with the folder of this Python in front: an environment that nobody has activated may
    have its `pulumi` there.
    """
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command of `pulumi`, to its end.

    Raises:
        StackError: there is no `pulumi`.
    """
    try:
        return subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=folder,
            env={**os.environ, "PATH": path()},
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise StackError(
            "there is no `pulumi` on PATH: https://www.pulumi.com/docs/install/"
        ) from None


def pulumi(folder: Path, *arguments: str) -> str:
    """What a command of `pulumi` writes.

    Raises:
        StackError: there is no `pulumi`, or it fails; the last line of its reason.
    """
    done = run(folder, *arguments)
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it gave no reason"]
        command = " ".join(arguments[:2])
        raise StackError(f"`pulumi {command}` failed in {folder.resolve()}: {said[-1]}")
    return done.stdout


def selected(folder: Path) -> str:
    """The stack that `pulumi stack select` chose in a program's folder.

    Raises:
        StackError: none.
    """
    try:
        return pulumi(folder, "stack", "--show-name").strip()
    except StackError as error:
        raise StackError(
            f"which stack? Say --stack NAME, or `pulumi stack select NAME` first ({error})."
        ) from None


def component(folder: Path, stack: str, name: str = "") -> Component:
    """One of our components, without its secrets.

    Args:
        folder: of the program.
        name: the component's name in the program; empty where there is one only.

    Raises:
        StackError: there is none, or not one, or it was not applied to its end.
    """
    found = _component(folder, stack, name, "stack", "export")
    read = [found.outputs.get(key) for key in ("declaration", "serviceAccount", "secretArn")]
    if _has_secret(read):
        # Made of an arg that the program holds for secret.
        return _component(folder, stack, name, "stack", "export", "--show-secrets")
    return found


def output(folder: Path, stack: str, name: str, key: str) -> Any:
    """One output of one of our components, secrets and all.

    Raises:
        StackError: as `component`, or it has no such output.
    """
    found = _component(folder, stack, name, "stack", "export", "--show-secrets")
    if found.outputs.get(key) is None:
        raise StackError(f"{found.described} has no output {key}: run `pulumi up` there first.")
    return found.outputs[key]


def states(folder: Path, stack: str, *command: str) -> Sequence[State]:
    """Every resource of a stack, and what a replacement has left to be deleted.

    Args:
        command: another way to export it.

    Raises:
        StackError: the state cannot be read.
    """
    said = pulumi(folder, *(command or ("stack", "export")), "--stack", stack)
    try:
        found: Sequence[State] = (json.loads(said).get("deployment") or {}).get("resources") or []
    except ValueError as error:
        raise StackError(f"the state of stack {stack} is no JSON: {error}") from None
    return found


def _component(folder: Path, stack: str, name: str, *command: str) -> Component:
    resources = [each for each in states(folder, stack, *command) if not each.get("delete")]
    state = chosen(
        [each for each in resources if each["type"] in COMPONENT_TYPES], name, f"stack {stack}"
    )
    found = Component(
        stack=stack,
        name=called(state),
        outputs=_plain(state.get("outputs") or {}),
        children=_below(resources, state["urn"]),
    )
    if "declaration" not in found.outputs:
        raise StackError(
            f"{found.described} has no outputs: its last `pulumi up` did not come to an end. Run "
            "it again first."
        )
    return found


def chosen(states: Sequence[State], name: str, where: str) -> State:
    """The one that a name, or URN, is of.

    Raises:
        StackError: none, or several.
    """
    listed = ", ".join(sorted(called(each) for each in states))
    if not states:
        raise StackError(
            f"{where} has no component of cube-access. Is it the right one, and has `pulumi up` "
            "run there?"
        )
    if not name and len(states) > 1:
        raise StackError(f"{where} has several components: choose one with --component: {listed}.")
    found = [each for each in states if not name or name in (called(each), each["urn"])]
    if len(found) > 1:
        urns = ", ".join(each["urn"] for each in found)
        raise StackError(f"{where} has several of the name {name}: say its URN instead: {urns}.")
    if not found:
        raise StackError(f"{where} has no component {name!r} of cube-access. It has: {listed}.")
    return found[0]


def called(state: State) -> str:
    return str(state["urn"]).rpartition("::")[2]


def _below(resources: Sequence[State], urn: str) -> list[State]:
    parents = {each["urn"]: each.get("parent", "") for each in resources}

    def is_below(each: State) -> bool:
        above = str(each.get("parent", ""))
        while above and above != urn:
            above = str(parents.get(above, ""))
        return above == urn

    return [each for each in resources if is_below(each)]


def _has_secret(value: Any) -> bool:
    if isinstance(value, dict):
        return _is_secret(value) or any(map(_has_secret, value.values()))
    return isinstance(value, list) and any(map(_has_secret, value))


def _is_secret(value: Any) -> bool:
    return isinstance(value, dict) and value.get(_SIGNATURE) == _SECRET


def _plain(value: Any) -> Any:
    """Without the engine's wrapping of secrets, where their text is there."""
    if _is_secret(value) and "plaintext" in value:
        return _plain(json.loads(value["plaintext"]))
    if isinstance(value, dict) and not _is_secret(value):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value
