"""Makes a checkout ready to run: the virtualenv, `pulumi` and its plugins, and Cube itself for the
tests (`make setup`).

Standard library only, because it runs before anything is installed. The engine comes from the first
way that works: `pulumi` on PATH, the official installer, or a build from Go modules
(docs/engine.md). Versions are pinned in components/pyproject.toml (SDKs) and in the two go.mod
files beside this one (what is built), nowhere else.

What is downloaded or built stays in a cache folder keyed by those pins, each file put in place by a
rename, so an interrupted run loses only the step it was at; a lock makes a second run at the same
time wait.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENGINE = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
NODE = ROOT / "tests/node"
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")
PACKAGE = ROOT / "components/pyproject.toml"

MINIMUM_PYTHON = (3, 11)
PULUMI = "github.com/pulumi/pulumi/pkg/v3"
INSTALLER = "https://get.pulumi.com"
INSTALLER_TIMEOUT = 5  # seconds to connect: a machine without internet must not hang here
PLUGINS = {
    "databricks": "github.com/databricks/terraform-provider-databricks",
    "snowflake": "github.com/Snowflake-Labs/terraform-provider-snowflake",
}
BRIDGE = "github.com/databricks/terraform-provider-databricks/cube-access/bridge"


class SetupError(Exception):
    """Setup cannot go on; the text is one line that says what to do."""


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """`$CUBE_ACCESS_CACHE`, else `cube-access` in the user's cache folder (XDG)."""
    base = environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(environ.get("CUBE_ACCESS_CACHE") or Path(base, "cube-access"))


def say(text: str) -> None:
    print(f"setup: {text}", flush=True)


def digest(*files: Path) -> str:
    """Names a cache entry: the same pins on the same kind of machine give the same name."""
    content = hashlib.sha256(f"{platform.system()}-{platform.machine()}".encode())
    for file in files:
        content.update(file.read_bytes())
    return content.hexdigest()[:16]


def pinned(module: str, file: Path) -> str:
    """The version of a module in a go.mod, without its "v"."""
    found = re.search(rf"^\s*{re.escape(module)} v(\S+)", file.read_text(), re.M)
    if not found:
        raise SetupError(f"{file.name} does not pin {module}")
    return found[1]


def pinned_sdk(package: str) -> str:
    """The exact version of a package that a deployment imports."""
    found = re.search(rf'"{package}==([^"]+)"', PACKAGE.read_text())
    if not found:
        raise SetupError(f"components/pyproject.toml does not pin {package}")
    return found[1]


def run(command: list[str | Path], **options: object) -> None:
    result = subprocess.run([str(word) for word in command], check=False, **options)  # type: ignore[call-overload]
    if result.returncode:
        raise SetupError(f"`{' '.join(str(word) for word in command[:4])} …` failed, see above")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One setup at a time on this machine; the lock goes with the process, however that ends."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another setup on this machine to finish")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def make_virtualenv() -> None:
    """`.venv` with the packages of both requirements files; done again only when these change."""
    files = [ROOT / name for name in REQUIREMENTS]
    stamp, mark = VENV / ".cube-access", f"{digest(*files, PACKAGE)} {sys.version}"
    if stamp.exists() and stamp.read_text() == mark:
        say("virtualenv .venv is up to date")
        return
    say("virtualenv .venv: installing packages (about a minute)")
    stamp.unlink(missing_ok=True)
    run([sys.executable, "-m", "venv", "--clear", VENV])
    arguments = [word for file in files for word in ("-r", str(file))]
    pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    # A path in a requirements file is one from where pip runs.
    run([VENV / "bin/python", *pip, *arguments], cwd=ROOT)
    packages = sysconfig.get_path("purelib", vars={"base": str(VENV)})
    run([VENV / "bin/python", "-m", "compileall", "-q", "-j", "0", packages])
    stamp.write_text(mark)


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
    minimum = pinned(PULUMI, ENGINE / "pulumi/go.mod")
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


def go_build(module: Path, package: str, target: Path, flags: str) -> None:
    """`go build`, with a line of progress every ten seconds; nothing appears at `target` unless it
    worked.
    """
    go = shutil.which("go")
    if go is None:
        raise SetupError(
            "no pulumi and no go: install Pulumi (pulumi.com/docs/install) or Go (go.dev/dl), "
            "then run again"
        )
    environment = {**os.environ, "GOFLAGS": "-mod=readonly -buildvcs=false", "GOWORK": "off"}
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    started = told = time.monotonic()
    command = [go, "build", "-v", "-trimpath", "-ldflags", f"-s -w {flags}"]
    command += ["-o", str(partial), package]
    lines: list[str] = []
    with subprocess.Popen(
        command, cwd=module, env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None  # noqa: S101 - PIPE was asked for
        for line in process.stderr:
            lines.append(line)
            if time.monotonic() - told > 10:
                told = time.monotonic()
                progress = f"{told - started:.0f} s, {len(lines)} steps done, now {line.strip()}"
                say(f"{target.name}: {progress}")
    if process.returncode:
        partial.unlink(missing_ok=True)
        # The last lines are the compiler's or the module mirror's own words.
        raise SetupError(f"go build of {target.name} failed:\n{''.join(lines[-15:])}")
    partial.replace(target)
    say(f"  {target.name}: built in {time.monotonic() - started:.0f} s")


def built(cache: Path) -> Path:
    """The engine and the plugins, from Go modules: a folder with everything that `pulumi` looks for
    on PATH.
    """
    engine, plugins = ENGINE / "pulumi", ENGINE / "plugins"
    sources = [
        path for module in (engine, plugins) for path in sorted(module.rglob("*")) if path.is_file()
    ]
    folder = cache / f"engine-{digest(*sources)}"
    folder.mkdir(exist_ok=True)
    pulumi, version = folder / "pulumi", pinned(PULUMI, engine / "go.mod")
    missing = [
        name for name in PLUGINS if not (folder / f"pulumi-resource-{name}.schema.json").exists()
    ]
    if missing or not (folder / "pulumi-language-python-exec").exists():
        say("engine: building pulumi and its plugins from Go modules (about ten minutes, once)")
    if not pulumi.exists():
        variable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
        go_build(engine, f"{PULUMI}/cmd/pulumi", pulumi, f"-X {variable}=v{version}")
    for name, module in PLUGINS.items():
        plugin = folder / f"pulumi-resource-{name}"
        schema = plugin.with_name(f"{plugin.name}.schema.json")
        if not plugin.exists():
            upstream = pinned(module, plugins / "go.mod")
            go_build(plugins, f"./{name}", plugin, f"-X {BRIDGE}.version={upstream}")
        if not schema.exists():
            partial = schema.with_suffix(".part")
            with partial.open("wb") as file:
                run([plugin, "--schema"], stdout=file)
            partial.replace(schema)
    # The SDK's launcher and its start script for dynamic providers come with the engine's source.
    where = ["go", "list", "-mod=readonly", "-m", "-f", "{{.Dir}}"]
    where += ["github.com/pulumi/pulumi/sdk/v3"]
    for script in ("dist/pulumi-resource-pulumi-python", "cmd/pulumi-language-python-exec"):
        target = folder / Path(script).name
        if not target.exists():
            sdk = subprocess.run(
                where, cwd=engine, capture_output=True, text=True, check=True
            ).stdout.strip()
            partial = target.with_suffix(".part")
            shutil.copyfile(Path(sdk, "python", script), partial)
            partial.chmod(0o755)
            partial.replace(target)
    say(f"engine: `pulumi` {version} built from Go modules, in {folder}")
    return folder


def write_script(path: Path, *lines: str) -> None:
    """An executable shell script, replaced in one step."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    partial.write_text("\n".join(["#!/bin/sh", "# Written by `make setup`.", *lines, ""]))
    partial.chmod(0o755)
    partial.replace(path)


def link_engine(cache: Path) -> None:
    """Puts `pulumi` into the virtualenv, whichever way it came."""
    version = pinned(PULUMI, ENGINE / "pulumi/go.mod")
    official = on_path() or installed(cache, version)
    if official is not None:
        path = f'export PATH="{VENV}/bin:{official.parent}:$PATH"'
        write_script(VENV / "bin/pulumi", path, f'exec "{official}" "$@"')
        for name in PLUGINS:
            plugin = pinned_sdk(f"pulumi-{name}")
            run([official, "plugin", "install", "resource", name, plugin])
        return
    folder = built(cache)
    # Beside the engine, where the official host would be. The folder serves several checkouts, so
    # the script learns from its caller which one it is for.
    write_script(
        folder / "pulumi-language-python",
        'export PYTHONPATH="$CUBE_ACCESS_ROOT"',
        'exec "$CUBE_ACCESS_ROOT/.venv/bin/python" -m tools.engine.language_host'
        f' "{folder}/pulumi-language-python-exec" "$@"',
    )
    write_script(
        VENV / "bin/pulumi",
        f'export PATH="{VENV}/bin:{folder}:$PATH" CUBE_ACCESS_ROOT="{ROOT}"',
        "export PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true PULUMI_SKIP_UPDATE_CHECK=true",
        f'exec "{folder}/pulumi" "$@"',
    )


def node_folder(cache: Path) -> Path:
    """Where Cube and its own drivers are, for the tests that run them."""
    return cache / f"node-{digest(NODE / 'package.json', NODE / 'package-lock.json')}"


def install_node_packages(cache: Path) -> None:
    """Cube, which the program does not need: without npm only the tests that run it fail."""
    folder = node_folder(cache)
    if not folder.exists():
        if shutil.which("npm") is None:
            say("node: no npm, so the tests that run Cube will fail; install Node 20")
            return
        say("node: installing Cube for the tests (about a minute, 380 MB)")
        partial = folder.with_name(f"{folder.name}.{os.getpid()}.part")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        for name in ("package.json", "package-lock.json"):
            shutil.copyfile(NODE / name, partial / name)
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
        run(["npm", "ci", *quiet], cwd=partial)
        partial.rename(folder)
    say("node: Cube is up to date")


def main() -> int:
    started = time.monotonic()
    if sys.version_info < MINIMUM_PYTHON:
        wanted = ".".join(map(str, MINIMUM_PYTHON))
        say(
            f"Python {wanted} or newer is needed, this is {platform.python_version()}: make "
            "PYTHON=/path/to/python setup"
        )
        return 1
    try:
        cache = cache_folder()
        with locked(cache):
            make_virtualenv()
            link_engine(cache)
            install_node_packages(cache)
    except SetupError as error:
        say(f"stopped: {error}")
        return 1
    except KeyboardInterrupt:
        say("interrupted; run it again and it goes on from here")
        return 130
    say(f"ready in {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
