"""Writes the locks (`make lock`), or tells that one is older than what it is made from
(`make lint`).

Usage: python -m tools.lint.lock [--check]

requirements.lock is what a deployment installs; requirements-dev.lock is that and what development
needs; requirements-site.lock builds the documentation's site. They hold exact versions for Python
3.11 and newer on every system, with the hashes of the files. uv resolves them. What has no wheel is
refused, for what builds a source package would be installed beside the lock; FROM_SOURCE are the
exceptions.

A development package may refuse a version that the deployment's lock has: then the two differ, and
the difference is among ALLOWED, with its reason.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from packaging.requirements import Requirement

from tools.engine.cache import ROOT
from tools.engine.packages import FROM_SOURCE

PACKAGE, DEVELOPMENT = "components/pyproject.toml", "requirements-dev.txt"
# Each lock, and what it is made from.
LOCKS = {
    "requirements.lock": (PACKAGE,),
    "requirements-dev.lock": (PACKAGE, DEVELOPMENT),
    "requirements-site.lock": ("requirements-site.txt",),
}
OLDEST_PYTHON = "3.11"
ALLOWED = {
    "cryptography": "mitmproxy 11, the last one for Python 3.11, wants one below 44.1",
    "pyopenssl": "the same",
}


def pins(lock: Path) -> dict[str, set[str]]:
    """The packages of a lock, and their versions: more than one where Pythons differ."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([a-z0-9.-]+)==(\S+)", lock.read_text(), re.M):
        found.setdefault(name, set()).add(version)
    return found


def wanted(*files: Path) -> list[str]:
    """The requirements that stand in these files, without their comments, sorted.

    Of the package: its own, those of every extra, and what builds it.
    """
    lines: list[str] = []
    for file in files:
        if file.suffix == ".toml":
            content = tomllib.loads(file.read_text())
            project = content["project"]
            lines += project["dependencies"] + content["build-system"]["requires"]
            lines += [each for extra in project["optional-dependencies"].values() for each in extra]
        else:
            lines += [line.partition("#")[0].strip() for line in file.read_text().splitlines()]
    # Parsed, so that a mistake is found here and not by a reader of the lock.
    return sorted(str(Requirement(line)) for line in lines if line)


def fingerprint(*files: Path) -> str:
    """Changes with a requirement, not with a comment."""
    return hashlib.sha256("\n".join(wanted(*files)).encode()).hexdigest()[:16]


def header(name: str, root: Path) -> str:
    inputs = LOCKS[name]
    mark = fingerprint(*(root / each for each in inputs))
    return f"# Written by `make lock` from {' and '.join(inputs)}, as of {mark}.\n"


def write(root: Path = ROOT) -> None:
    """Takes the newest versions that the requirements allow."""
    with tempfile.TemporaryDirectory() as folder:
        before: Path | None = None
        for name, inputs in LOCKS.items():
            lock, listed = Path(folder, name), Path(folder, f"{name}.txt")
            listed.write_text("\n".join(wanted(*(root / each for each in inputs))))
            if before is not None:  # what uv finds in its output it keeps where it can
                shutil.copyfile(before, lock)
            command = [str(Path(sys.executable).with_name("uv")), "pip", "compile", "--quiet"]
            command += ["--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes"]
            command += ["--only-binary", ":all:"]
            command += [word for each in FROM_SOURCE for word in ("--no-binary", each)]
            command += ["--no-header", "--no-annotate", "--output-file", str(lock)]
            subprocess.run([*command, str(listed)], check=True)
            before = lock
        for name in LOCKS:
            text = Path(folder, name).read_text()
            (root / name).write_text(header(name, root) + text)
            print(f"{name}: {len(pins(root / name))} packages")


def problems(root: Path = ROOT) -> list[str]:
    """What is wrong with the locks as they are; needs no network."""
    found = []
    for name in LOCKS:
        lock = root / name
        text = lock.read_text() if lock.exists() else ""
        if not text.startswith(header(name, root)):
            found.append(f"{name} is not made from what stands in {' and '.join(LOCKS[name])}")
        if "://" in text:
            found.append(f"{name} names an address: which index a machine uses is its own matter")
        without = [
            block.split()[0]
            for block in re.split(r"\n(?=[a-z0-9])", text)[1:]
            if "--hash=sha256:" not in block
        ]
        if without:
            found.append(f"{name} has no hash for {', '.join(without)}")
    if found:
        return found
    runtime, development, *_ = (pins(root / name) for name in LOCKS)
    for package, versions in runtime.items():
        tested = development.get(package, set())
        if tested != versions and package not in ALLOWED:
            found.append(
                f"{package} is {', '.join(versions)} in a deployment and "
                f"{', '.join(tested) or 'absent'} in development: tests would not see it"
            )
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="lock", description="Writes the locks.")
    parser.add_argument("--check", action="store_true", help="only tell whether they are right")
    if parser.parse_args(arguments).check:
        found = problems()
        for problem in found:
            print(f"lock: {problem}; run `make lock`", file=sys.stderr)
        return bool(found)
    write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
