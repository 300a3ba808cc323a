"""What is built from Go modules: the engine, the plugins, the host of programs in YAML, and the
generator of SDKs.

Standard library only. The versions are in the go.mod files beside this one, nowhere else.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

from tools.engine.cache import SetupError, digest, locked, run, say

ENGINE = Path(__file__).resolve().parent
PULUMI = "github.com/pulumi/pulumi/pkg/v3"
PLUGINS = {
    "databricks": "github.com/databricks/terraform-provider-databricks",
    "snowflake": "github.com/Snowflake-Labs/terraform-provider-snowflake",
}
BRIDGE = "github.com/databricks/terraform-provider-databricks/cube-access/bridge"
YAML = "github.com/pulumi/pulumi-yaml"


def pinned(module: str, file: Path) -> str:
    """The version of a module in a go.mod, without its "v"."""
    found = re.search(rf"^\s*{re.escape(module)} v(\S+)", file.read_text(), re.M)
    if not found:
        raise SetupError(f"{file.name} does not pin {module}")
    return found[1]


def pinned_engine() -> str:
    """The version of `pulumi` that is built, installed, or asked of the one on PATH at least."""
    return pinned(PULUMI, ENGINE / "pulumi/go.mod")


def go_build(
    module: Path, package: str, target: Path, flags: str, *, overlay: Path | None = None
) -> None:
    """`go build`, with a line of progress every ten seconds; nothing appears at `target` unless it
    worked.

    Args:
        flags: for the linker.
        overlay: which files lie elsewhere, as `go help build` describes it.
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
    command += ["-overlay", str(overlay)] if overlay else []
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


def engine(cache: Path) -> Path:
    """The engine and the plugins, from Go modules: a folder with everything that `pulumi` looks for
    on PATH.
    """
    module, plugins = ENGINE / "pulumi", ENGINE / "plugins"
    sources = [
        path for folder in (module, plugins) for path in sorted(folder.rglob("*")) if path.is_file()
    ]
    folder = cache / f"engine-{digest(*sources)}"
    folder.mkdir(exist_ok=True)
    pulumi, version = folder / "pulumi", pinned_engine()
    missing = [
        name for name in PLUGINS if not (folder / f"pulumi-resource-{name}.schema.json").exists()
    ]
    if missing or not (folder / "pulumi-language-python-exec").exists():
        say("engine: building pulumi and its plugins from Go modules (about ten minutes, once)")
    if not pulumi.exists():
        variable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
        go_build(module, f"{PULUMI}/cmd/pulumi", pulumi, f"-X {variable}=v{version}")
    for name, provider in PLUGINS.items():
        plugin = folder / f"pulumi-resource-{name}"
        schema = plugin.with_name(f"{plugin.name}.schema.json")
        if not plugin.exists():
            upstream = pinned(provider, plugins / "go.mod")
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
                where, cwd=module, capture_output=True, text=True, check=True
            ).stdout.strip()
            partial = target.with_suffix(".part")
            shutil.copyfile(Path(sdk, "python", script), partial)
            partial.chmod(0o755)
            partial.replace(target)
    say(f"engine: `pulumi` {version} built from Go modules, in {folder}")
    return folder


def yaml_host(cache: Path) -> Path:
    """Pulumi's own host for programs in YAML. The caller holds the lock."""
    module = ENGINE / "yaml"
    binary = _place(cache, "pulumi-language-yaml", module / "go.mod", module / "go.sum")
    if not binary.exists():
        say("engine: building the host of programs in YAML (a few minutes, once)")
        go_build(module, f"{YAML}/cmd/pulumi-language-yaml", binary, "")
    return binary


def sdk_generator(cache: Path) -> Path:
    """The engine's generators of SDKs, with the engine's pins; made when first asked for."""
    module, source = ENGINE / "pulumi", ENGINE / "codegen/main.go"
    pins = (module / "go.mod", module / "go.sum", source)
    binary = _place(cache, "pulumi-gen-sdk", *pins)
    if not binary.exists():
        with locked(cache):
            say("engine: building the generator of SDKs (a few minutes, once)")
            go_build(module, str(source), binary, "")
    return binary


def _place(cache: Path, name: str, *pins: Path) -> Path:
    """Where a binary is kept: in a folder of its own, so that it can be put on PATH alone."""
    folder = cache / f"{name}-{digest(*pins)}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / name
