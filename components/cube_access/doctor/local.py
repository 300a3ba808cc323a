"""What is on this machine: the engine, the plugins, the state's backend and its key."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from cube_access import stack as stacks
from cube_access.doctor.lines import Line, do, note, ok, unseen
from cube_access.facts.installing import NO_INDEX, command
from cube_access.stack import StackError

OLDEST_ENGINE = (3, 256, 0)
"""What the tests run on, at least (docs/engine.md)."""
PLUGIN_SECONDS = 20
# In a copy of the stack's file: it is written, and thrown away.
PROBE = "cube-access:doctor"


def lines(folder: Path, stack: str, plugins: tuple[str, ...]) -> Iterator[Line]:
    try:
        version = stacks.pulumi(folder, "version").strip()
    except StackError as error:
        yield do("engine", str(error))
        return
    yield _engine(version)
    for plugin in plugins:
        yield _plugin(folder, plugin)
    yield from _state(folder, stack)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(each) for each in re.findall(r"\d+", version)[:3])


def _engine(version: str) -> Line:
    if _numbers(version) >= OLDEST_ENGINE:
        return ok("engine", f"pulumi {version}")
    wanted = ".".join(map(str, OLDEST_ENGINE))
    return do(
        "engine", f"pulumi {version} is older than {wanted}: https://www.pulumi.com/docs/install/"
    )


def _plugin(folder: Path, name: str) -> Line:
    about = f"plugin {name}"
    try:
        wanted = metadata.version(f"pulumi-{name}")
    except metadata.PackageNotFoundError:
        return do(about, f"the package pulumi-{name} is missing: {command(name)}, {NO_INDEX}")
    if path := shutil.which(f"pulumi-resource-{name}", path=stacks.path()):
        version = _version(path)
        if version == wanted:
            return ok(about, f"{version}, on PATH")
        return note(
            about,
            f"{version} on PATH, which the engine takes instead of {wanted}, the one of "
            f"pulumi-{name}",
        )
    try:
        listed = json.loads(stacks.pulumi(folder, "plugin", "ls", "--json"))
    except StackError as error:
        return unseen(about, str(error))
    found = [each.get("version") for each in listed if each.get("name") == name]
    if wanted in found:
        return ok(about, wanted)
    if os.environ.get("PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION", "") in ("1", "true"):
        return do(about, f"not installed: pulumi plugin install resource {name} {wanted}")
    where = (
        "is not in Pulumi's plugin folder: the first preview fetches it, or has it on its own PATH"
    )
    return note(about, f"{wanted} {where}")


def _version(path: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the plugin that the engine would start
            [path, "--version"], capture_output=True, text=True, timeout=PLUGIN_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return "an unknown version"
    found = re.search(r"^v?(\d+\.\d+\.\d+\S*)$", done.stdout, re.MULTILINE)
    return found[1] if found else "an unknown version"


def _state(folder: Path, stack: str) -> Iterator[Line]:
    try:
        who = json.loads(stacks.pulumi(folder, "whoami", "--json", "--verbose"))
    except StackError as error:
        yield do("state", f"{error} Sign in with `pulumi login`, or set PULUMI_BACKEND_URL.")
        return
    where = f"{who.get('url') or 'the backend'} as {who.get('user') or 'an unnamed user'}"
    try:
        stacks.pulumi(folder, "stack", "export", "--stack", stack)
    except StackError as error:
        if "no stack named" in str(error):
            yield do("state", f"{where} has no stack {stack} yet: pulumi stack init {stack}")
        else:
            yield do("state", str(error))
        return
    yield ok("state", f"{where}, which has stack {stack}")
    yield _key(folder, stack)


def _key(folder: Path, stack: str) -> Line:
    """Whether the state's secrets can be opened, tried on a copy of the stack's file."""
    file = folder / f"Pulumi.{stack.rpartition('/')[2]}.yaml"
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place, file.name)
        if file.exists():
            shutil.copyfile(file, copy)
        # The value is no secret: the engine is to encrypt something.
        probe = ("config", "set", "--secret", PROBE, "probe")
        try:
            stacks.pulumi(folder, *probe, "--stack", stack, "--config-file", str(copy))
        except StackError as error:
            cure = "Set PULUMI_CONFIG_PASSPHRASE, or get the stack's key."
            return do("passphrase", f"{error}. {cure}")
    return ok("passphrase", "the stack's passphrase, or key, encrypts")
