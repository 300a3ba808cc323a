"""Makes a checkout ready to run: the virtualenv, `pulumi` and its plugins (`make setup`).

For development that is all that the checks and the tests need, Cube and the sandbox among it. For a
deployment (`make setup-deployment`) it is what its commands need, and nothing else.

Standard library only, because it runs before anything is installed. The engine comes from the first
way that works: `pulumi` on PATH, the official installer, or a build from Go modules
(docs/engine.md). Versions are pinned in the two locks (packages) and in the go.mod files beside
this one (what is built), nowhere else.

What is downloaded or built stays in a cache folder keyed by those pins, each file put in place by a
rename, so an interrupted run loses only the step it was at. A second run at the same time waits: in
the same checkout for the virtualenv, on the same machine for the cache.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tools.engine import browser, build
from tools.engine.cache import (
    ROOT,
    SetupError,
    cache_folder,
    digest,
    locked,
    run,
    say,
    write_script,
)
from tools.engine.packages import (
    DEVELOPMENT_LOCK,
    RUNTIME_LOCK,
    VENV,
    make_virtualenv,
    pinned_sdk,
)

CUBE, TYPESCRIPT = ROOT / "tests/node", ROOT / "tests/typescript"
OLDEST = CUBE / "oldest"
NODE_PACKAGES = {
    CUBE: "Cube for the tests (about a minute, 380 MB)",
    OLDEST: "the oldest Cube for some of them (half a minute, 280 MB)",
    TYPESCRIPT: "what type-checks the example in TypeScript (half a minute, 110 MB)",
}

SOURCES = ("components/cube_access", "policies", "sandbox", "tools")
"""Not all of components/: a plugin's virtualenv may stand there."""

MINIMUM_PYTHON = (3, 11)
INSTALLER = "https://get.pulumi.com"
INSTALLER_TIMEOUT = 5  # seconds to connect: a machine without internet must not hang here


def version_of(pulumi: str | Path) -> tuple[int, ...]:
    """What `pulumi version` says, or () where it does not run."""
    try:
        quiet = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
        text = subprocess.run(
            [pulumi, "version"], capture_output=True, text=True, timeout=30, env=quiet
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", text)
    return tuple(int(part) for part in found.groups()) if found else ()


def on_path(environ: Mapping[str, str] = os.environ) -> Path | None:
    """The user's own `pulumi`, if it is new enough."""
    folders = [
        word for word in environ.get("PATH", "").split(os.pathsep) if Path(word) != VENV / "bin"
    ]
    found = shutil.which("pulumi", path=os.pathsep.join(folders))
    if found is None:
        say("engine: no `pulumi` on PATH")
        return None
    version = version_of(found)
    shown = ".".join(map(str, version)) or "unknown"
    # What is built is what the tests run on: nothing older is known to work.
    minimum = build.pinned_engine()
    if version < tuple(map(int, minimum.split("."))):
        say(f"engine: `pulumi` on PATH is {shown}, older than {minimum}: not used")
        return None
    say(f"engine: `pulumi` {shown} on PATH")
    return Path(found)


def installed(cache: Path, version: str, url: str = INSTALLER) -> Path | None:
    """The official command line, put into the cache by its own installer."""
    folder = cache / f"pulumi-{version}"
    pulumi = folder / "bin/pulumi"
    if not pulumi.exists():
        script = cache / "install.sh"
        limits = ["--connect-timeout", str(INSTALLER_TIMEOUT), "--max-time", "30"]
        fetch = ["curl", "-fsSL", *limits, url, "-o", str(script)]
        if not shutil.which("curl") or subprocess.run(fetch, capture_output=True).returncode:
            say(f"engine: the official installer is out of reach ({url}, {INSTALLER_TIMEOUT} s)")
            return None
        partial = cache / f"pulumi-{version}.{os.getpid()}.part"
        where = ["--install-root", str(partial), "--no-edit-path"]
        install = ["sh", str(script), "--version", version, *where]
        if subprocess.run(install).returncode or not (partial / "bin/pulumi").exists():
            shutil.rmtree(partial, ignore_errors=True)
            say("engine: the official installer failed, see above")
            return None
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)
    say(f"engine: `pulumi` {version} from the official installer, in {folder}")
    return pulumi


def link_engine(cache: Path, deployment: bool) -> None:
    """Puts `pulumi` into the virtualenv, whichever way it came."""
    official = on_path() or installed(cache, build.pinned_engine())
    if official is not None:
        path = f'export PATH="{VENV}/bin:{official.parent}:$PATH"'
        write_script(VENV / "bin/pulumi", path, f'exec "{official}" "$@"')
        for name in build.PLUGINS:
            plugin = pinned_sdk(f"pulumi-{name}")
            run([official, "plugin", "install", "resource", name, plugin])
        return
    folder = build.engine(cache)
    folders = [VENV / "bin", folder]
    if not deployment:  # the program is in Python; its consumers may write YAML
        folders.append(build.yaml_host(cache).parent)
    # Beside the engine, where the official host would be. The folder serves several checkouts, so
    # the script learns from its caller which one it is for.
    write_script(
        folder / "pulumi-language-python",
        'export PYTHONPATH="$CUBE_ACCESS_ROOT"',
        'exec "$CUBE_ACCESS_ROOT/.venv/bin/python" -m tools.engine.language_host'
        f' "{folder}/pulumi-language-python-exec" "$@"',
    )
    path = os.pathsep.join(map(str, folders))
    write_script(
        VENV / "bin/pulumi",
        f'export PATH="{path}:$PATH" CUBE_ACCESS_ROOT="{ROOT}"',
        "export PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true PULUMI_SKIP_UPDATE_CHECK=true",
        f'exec "{folder}/pulumi" "$@"',
    )


def node_folder(cache: Path, packages: Path = CUBE) -> Path:
    """Where the packages of one of the tests' package.json are; by default Cube and its drivers."""
    return cache / f"node-{digest(packages / 'package.json', packages / 'package-lock.json')}"


def install_node_packages(cache: Path, packages: Path) -> None:
    """What the program does not need: without npm only the tests that use it fail."""
    folder = node_folder(cache, packages)
    if not folder.exists():
        if shutil.which("npm") is None:
            say(f"node: no npm, so tests will fail for want of {packages.name}; install Node 20")
            return
        say(f"node: installing {NODE_PACKAGES[packages]}")
        partial = folder.with_name(f"{folder.name}.{os.getpid()}.part")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(packages / name, partial / name)
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
        run(["npm", "ci", *quiet], cwd=partial)
        partial.rename(folder)
    say(f"node: the packages of {packages.relative_to(ROOT)} are up to date")


def compile_sources() -> None:
    """Writes the bytecode of our own modules. Images are often told not to write any
    (PYTHONDONTWRITEBYTECODE), and then each command would compile the program and the plugin anew,
    which takes a quarter of its processor time.
    """
    # Where a folder cannot be written, all works as well, and takes longer.
    command = [str(VENV / "bin/python"), "-m", "compileall", "-qq", *SOURCES]
    subprocess.run(command, cwd=ROOT, check=False)


def main(arguments: list[str] | None = None) -> int:
    started = time.monotonic()
    parser = argparse.ArgumentParser(prog="setup", description="Makes a checkout ready to run.")
    parser.add_argument(
        "--deployment",
        action="store_true",
        help="only what a deployment needs: no sandbox, no checks, no Cube",
    )
    deployment = parser.parse_args(arguments).deployment
    if sys.version_info < MINIMUM_PYTHON:
        wanted = ".".join(map(str, MINIMUM_PYTHON))
        say(
            f"Python {wanted} or newer is needed, this is {platform.python_version()}: make "
            "PYTHON=/path/to/python setup"
        )
        return 1
    try:
        cache = cache_folder()
        # The virtualenv is this checkout's alone: another checkout's setup need not wait for it.
        with locked(cache / "checkouts" / hashlib.sha256(bytes(ROOT)).hexdigest()[:16]):
            make_virtualenv(RUNTIME_LOCK if deployment else DEVELOPMENT_LOCK)
        with locked(cache):
            link_engine(cache, deployment)
            if not deployment:
                for packages in NODE_PACKAGES:
                    install_node_packages(cache, packages)
        compile_sources()
    except SetupError as error:
        say(f"stopped: {error}")
        return 1
    except KeyboardInterrupt:
        say("interrupted; run it again and it goes on from here")
        return 130
    if not deployment and browser.found() is None:
        say(browser.LATER if browser.may_install() else browser.MISSING)
    say(f"ready in {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
