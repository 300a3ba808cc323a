"""Which Python runs a program or a plugin, and what is installed for it, as the official host does.

Only the toolchain `pip` is known. The official host never runs a plugin on the Python around it: it
takes `venv` in the plugin's folder, or what `options.virtualenv` says. So does this one, but where
the folder has no `venv` it takes its own Python (docs/engine.md).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from google.protobuf import json_format

PLUGIN_VIRTUALENV = "venv"


class EnvironmentProblem(Exception):
    """The text says what to do."""


def virtualenv(info: Any, *, plugin: bool) -> Path | None:
    """The virtualenv's folder, whether it exists or not; None for this host's own Python.

    Raises `EnvironmentProblem` for a toolchain that is not served.
    """
    options = json_format.MessageToDict(info.options)
    toolchain = options.get("toolchain", "pip")
    if toolchain != "pip":
        raise EnvironmentProblem(
            f"toolchain {toolchain!r} of {info.root_directory}: this stand-in for Pulumi's Python "
            "host knows pip only; install the official Pulumi, or use pip"
        )
    if named := options.get("virtualenv"):
        return Path(info.root_directory, named)
    own = Path(info.root_directory, PLUGIN_VIRTUALENV)
    return own if plugin and (own / "bin/python").exists() else None


def python(info: Any, *, plugin: bool) -> Path:
    """The interpreter to start. Raises `EnvironmentProblem` where it is named and absent."""
    folder = virtualenv(info, plugin=plugin)
    if folder is None:
        return Path(sys.executable)
    program = folder / "bin/python"
    if not program.exists():
        where = "PulumiPlugin.yaml" if plugin else "Pulumi.yaml"
        raise EnvironmentProblem(f"{where}'s virtualenv has no {program}; run `pulumi install`")
    return program


def activated(program: Path, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment with the interpreter's virtualenv in front."""
    folder = program.parent
    path = f"{folder}{os.pathsep}{environ.get('PATH', '')}"
    without = {name: value for name, value in environ.items() if name != "PYTHONHOME"}
    return {**without, "VIRTUAL_ENV": str(folder.parent), "PATH": path}


def install(info: Any, *, plugin: bool) -> Iterator[str]:
    """Installs the folder's requirements.txt, telling what is done line by line.

    Nothing is done where the interpreter has all of it. What is missing is put into a virtualenv
    only, never into this host's own Python. Raises `EnvironmentProblem`.
    """
    requirements = Path(info.program_directory, "requirements.txt")
    folder = virtualenv(info, plugin=plugin)
    program = folder / "bin/python" if folder else Path(sys.executable)
    if not requirements.exists():
        yield f"{info.program_directory} has no requirements.txt: nothing to install\n"
        return
    if program.exists() and _satisfied(program, requirements):
        yield f"{requirements}: {program} has all of it\n"
        return
    if folder is None:
        if not plugin:
            raise EnvironmentProblem(
                f"{program} lacks packages of {requirements}: name a virtualenv of the program's "
                "in Pulumi.yaml (runtime: {name: python, options: {virtualenv: venv}})"
            )
        folder = Path(info.root_directory, PLUGIN_VIRTUALENV)
        program = folder / "bin/python"
    if not program.exists():
        yield f"making the virtualenv {folder}\n"
        yield from _output([sys.executable, "-m", "venv", str(folder)], requirements.parent)
    yield f"installing the packages of {requirements}\n"
    pip = [str(program), "-m", "pip", "--disable-pip-version-check", "install"]
    yield from _output([*pip, "-r", requirements.name], requirements.parent)


def _satisfied(program: Path, requirements: Path) -> bool:
    """Whether pip would have nothing to fetch. A folder among the requirements counts as missing:
    it may have changed.
    """
    pip = [str(program), "-m", "pip", "install", "--dry-run", "--no-index"]
    done = subprocess.run(
        [*pip, "-r", requirements.name],
        cwd=requirements.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=False,
    )
    return done.returncode == 0 and "Would install" not in done.stdout


def _output(command: list[str], cwd: Path) -> Iterator[str]:
    with subprocess.Popen(
        command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        yield from process.stdout or ()
    if process.returncode:
        raise EnvironmentProblem(f"`{' '.join(command)}` failed, see above")


def link(info: Any, packages: Mapping[str, str]) -> str:
    """Writes generated SDKs (name to folder) into the program's requirements.txt.

    Returns what to import.
    """
    requirements = Path(info.root_directory, "requirements.txt")
    if not requirements.exists():
        raise EnvironmentProblem(f"there is no {requirements} to write the generated SDK into")
    text = requirements.read_text()
    missing = [path for path in packages.values() if path not in text.splitlines()]
    if missing:
        requirements.write_text("\n".join([text.rstrip("\n"), *missing, ""]).lstrip("\n"))
    lines = [f"  import pulumi_{name.replace('-', '_')}" for name in packages]
    return "\n".join(["The generated SDK is in requirements.txt. Import it with:", *lines])
