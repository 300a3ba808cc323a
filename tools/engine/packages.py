"""The virtualenv, with exactly the packages of one lock.

Standard library only, because it runs before anything is installed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from tools.engine.cache import ROOT, SetupError, digest, run, say

VENV = ROOT / ".venv"
RUNTIME_LOCK, DEVELOPMENT_LOCK = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"
PACKAGE = ROOT / "components/pyproject.toml"
# Without a wheel: mitmproxy's. It is built with the setuptools of the lock.
FROM_SOURCE = ("pyperclip",)


def pinned_sdk(package: str) -> str:
    """The version of a package in the deployment's lock."""
    found = re.search(rf"^{package}==(\S+)", RUNTIME_LOCK.read_text(), re.M)
    if not found:
        raise SetupError(f"{RUNTIME_LOCK.name} does not pin {package}")
    return found[1]


def make_virtualenv(lock: Path) -> None:
    """`.venv` with exactly the packages of one lock; done again only when that changes."""
    stamp, mark = VENV / ".cube-access", f"{lock.name} {digest(lock, PACKAGE)} {sys.version}"
    if stamp.exists() and stamp.read_text() == mark:
        say(f"virtualenv .venv is up to date with {lock.name}")
        return
    say(f"virtualenv .venv: installing the packages of {lock.name} (about a minute)")
    stamp.unlink(missing_ok=True)
    run([sys.executable, "-m", "venv", "--clear", VENV])
    install(VENV / "bin/python", lock)
    say("virtualenv .venv: installing cube-access from this checkout")
    install_package(VENV / "bin/python")
    packages = sysconfig.get_path("purelib", vars={"base": str(VENV)})
    run([VENV / "bin/python", "-m", "compileall", "-q", "-j", "0", packages])
    stamp.write_text(mark)


def install(python: Path, lock: Path) -> None:
    """A lock's packages, each file by its hash."""
    pip: list[str | Path] = [python, "-m", "pip", "--disable-pip-version-check"]
    # No dependencies: the lock names all of them, and `pip check` says whether it does.
    exactly = [*pip, "install", "--quiet", "--require-hashes", "--no-deps", "--no-compile"]
    entries = re.split(r"\n(?=[a-z0-9])", lock.read_text())
    source = [
        entry for entry in entries if entry.startswith(tuple(f"{name}==" for name in FROM_SOURCE))
    ]
    with tempfile.TemporaryDirectory() as folder:
        wheels, sources = Path(folder, "wheels.txt"), Path(folder, "sources.txt")
        wheels.write_text("\n".join(entry for entry in entries if entry not in source))
        sources.write_text("\n".join(source))
        run([*exactly, "--only-binary", ":all:", "-r", wheels])
        if source:
            run([*exactly, "--no-build-isolation", "--use-pep517", "-r", sources])
    run([*pip, "check"], stdout=subprocess.DEVNULL)


def install_package(python: Path) -> None:
    """The package in this checkout, in place: its code is read where it stands."""
    pip: list[str | Path] = [python, "-m", "pip", "--disable-pip-version-check", "install"]
    # What it needs, and what builds it, the lock has brought.
    alone = ["--quiet", "--no-deps", "--no-build-isolation", "--no-compile"]
    run([*pip, *alone, "--editable", PACKAGE.parent])
