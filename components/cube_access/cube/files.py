"""Writes what Cube reads as files, for people who deploy by file: `.env` and `cube.py`."""

from __future__ import annotations

import os
from pathlib import Path

from cube_access import stack as stacks
from cube_access.cube.env import dotenv
from cube_access.explained import ExplainedError


class FilesError(ExplainedError):
    """A file cannot be made."""


def env_text(folder: Path, stack: str, component: str = "") -> tuple[str, int]:
    """The `.env` text of a component, which has its secrets, and how many variables it has.

    Raises:
        ExplainedError: it was not applied, or a value fits no `.env` file.
    """
    variables = stacks.output(folder, stack, component, "cubeEnv")
    try:
        return dotenv(variables), len(variables)
    except ValueError as error:
        raise FilesError(str(error)) from None


def cube_py_text(folder: Path, stack: str, component: str = "") -> str:
    """The `cube.py` of a component.

    Raises:
        ExplainedError: it was not applied.
    """
    return str(stacks.output(folder, stack, component, "cubePy"))


def write(path: Path, text: str, mode: int) -> None:
    """In one step, and never readable by others: the file has its mode before its text.

    Raises:
        FilesError: the folder is not there, or may not be written to.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        partial.replace(path)
    except OSError as error:
        raise FilesError(f"{path} cannot be written: {error.strerror}") from None
