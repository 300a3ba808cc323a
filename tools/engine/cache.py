"""What setup and the other builders share: the cache folder, its lock, and how progress is told.

Standard library only, because it runs before anything is installed.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parents[2]
TELL_EVERY = 5.0  # seconds between two lines of one that waits


class SetupError(Exception):
    """Setup cannot go on; the text is one line that says what to do."""


# The lock's file and its first line, while this process holds it.
_held: list[tuple[IO[str], str]] = []


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """`$CUBE_ACCESS_CACHE`, else `cube-access` in the user's cache folder (XDG)."""
    base = environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(environ.get("CUBE_ACCESS_CACHE") or Path(base, "cube-access"))


def say(text: str) -> None:
    """One line of progress: to the user, and to whoever waits for this process."""
    # Standard error: `python -m tools.engine.gen_sdk` and the language host build on the way, and
    # their standard output is an answer.
    print(f"setup: {text}", file=sys.stderr, flush=True)
    for file, holder in _held:
        _write(file, f"{holder}\n{text}\n")


def digest(*files: Path) -> str:
    """Names a cache entry: the same pins on the same kind of machine give the same name."""
    content = hashlib.sha256(f"{platform.system()}-{platform.machine()}".encode())
    for file in files:
        content.update(file.read_bytes())
    return content.hexdigest()[:16]


def run(command: list[str | Path], **options: Any) -> None:
    result = subprocess.run([str(word) for word in command], check=False, **options)
    if result.returncode:
        shown = " ".join(str(word) for word in command[:4])
        raise SetupError(f"`{shown} …` failed, see above")


def write_script(path: Path, *lines: str) -> None:
    """An executable shell script, replaced in one step."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    partial.write_text("\n".join(["#!/bin/sh", "# Written by `make setup`.", *lines, ""]))
    partial.chmod(0o755)
    partial.replace(path)


def _write(file: IO[str], text: str) -> None:
    file.seek(0)
    file.truncate()
    file.write(text)
    file.flush()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One setup at a time for each folder; the lock goes with the process, however that ends.

    Who has to wait is told for whom, and every few seconds what that process is at.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as file:
        waited = 0.0
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if waited % TELL_EVERY == 0:
                    _say_who_holds(file, waited)
                time.sleep(0.5)
                waited += 0.5
        command = shlex.join([Path(sys.executable).name, *sys.argv])
        holder = f"process {os.getpid()} ({command} in {ROOT}) since {time.strftime('%H:%M:%S')}"
        _held.append((file, holder))
        _write(file, holder)
        try:
            yield
        finally:
            _held.clear()
            _write(file, "")


def _say_who_holds(file: IO[str], waited: float) -> None:
    file.seek(0)
    holder, _, says = file.read().strip().partition("\n")
    said = f"; it says: {says}" if says else ""
    say(f"waiting ({waited:.0f} s) for another setup: {holder or 'an unknown process'}{said}")
