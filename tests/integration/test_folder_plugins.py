"""A plugin that is a folder, in programs in YAML and in Python, on the real engine: `packages:`,
`package get-schema`, `package add`, and what is left of it once the engine is killed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.stacks import ROOT

PLUGIN = """
import os
import sys
from typing import TypedDict

import pulumi
from pulumi.provider.experimental import component_provider_host


class GreetingArgs(TypedDict):
    name: pulumi.Input[str]


class Greeting(pulumi.ComponentResource):
    text: pulumi.Output[str]
    environment: pulumi.Output[str]

    def __init__(self, name: str, args: GreetingArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("tiny:index:Greeting", name, {}, opts)
        self.text = pulumi.Output.concat("hello ", args["name"])
        seen = f"{sys.prefix} {os.environ.get('PYTHONPATH', 'unset')} {os.getpid()}"
        self.environment = pulumi.Output.from_input(seen)
        self.register_outputs({"text": self.text, "environment": self.environment})
"""
SERVE = '\n\ncomponent_provider_host(name="tiny", components=[Greeting])\n'
PYPROJECT = """
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "tiny"
"""
YAML = """
name: small
runtime: yaml
packages: {tiny: ./plugin}
resources:
  one: {type: "tiny:index:Greeting", properties: {name: world}}
outputs: {text: "${one.text}", environment: "${one.environment}"}
"""
PYTHON = """
import pulumi

class Greeting(pulumi.ComponentResource):
    text: pulumi.Output[str]
    environment: pulumi.Output[str]

    def __init__(self, name):
        props = {"name": "world", "text": None, "environment": None}
        super().__init__("tiny:index:Greeting", name, props, remote=True)

one = Greeting("one")
pulumi.export("text", one.text)
pulumi.export("environment", one.environment)
"""
Pulumi = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project's folder with a plugin beside the program."""
    plugin = tmp_path / "project/plugin"
    plugin.mkdir(parents=True)
    (plugin / "PulumiPlugin.yaml").write_text("runtime: python\n")
    (plugin / "__main__.py").write_text(PLUGIN + SERVE)
    return plugin.parent


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    state = tmp_path / "state"
    state.mkdir()
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return {
        **kept,
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_BACKEND_URL": state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "of a test",
    }


@pytest.fixture
def pulumi(folder: Path, environment: dict[str, str]) -> Pulumi:
    def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [ROOT / ".venv/bin/pulumi", *arguments, "--non-interactive", "--color", "never"],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


def outputs(pulumi: Pulumi) -> dict[str, str]:
    return dict(json.loads(pulumi("stack", "output", "--json", "--stack", "dev").stdout))


def write_program(folder: Path, language: str) -> None:
    if language == "yaml":
        (folder / "Pulumi.yaml").write_text(YAML)
    else:
        text = "name: small\nruntime: python\npackages: {tiny: ./plugin}\n"
        (folder / "Pulumi.yaml").write_text(text)
        (folder / "__main__.py").write_text(PYTHON)


@pytest.mark.parametrize("language", ["yaml", "python"])
def test_packages_names_a_folder(folder: Path, pulumi: Pulumi, language: str) -> None:
    write_program(folder, language)
    pulumi("stack", "init", "dev")
    pulumi("up", "--stack", "dev", "--yes", "--skip-preview")
    found = outputs(pulumi)
    assert found["text"] == "hello world"
    prefix, path, process = found["environment"].split()
    assert prefix == str(ROOT / ".venv"), "the stand-in's own Python, where the folder has no venv"
    assert path == "unset", "nothing of this checkout is lent to a plugin"
    await_(lambda: ended(process), "the plugin's end")


def test_a_folder_that_is_a_package_is_run_by_its_name(folder: Path, pulumi: Pulumi) -> None:
    plugin = folder / "plugin"
    (plugin / "__main__.py").unlink()
    (plugin / "pyproject.toml").write_text(PYPROJECT)
    (plugin / "tiny.py").write_text(PLUGIN)
    venv = plugin / "venv"
    subprocess.run(
        [str(ROOT / ".venv/bin/python"), "-m", "venv", "--without-pip", venv], check=True
    )
    (packages,) = venv.glob("lib/*/site-packages")
    (theirs,) = (ROOT / ".venv").glob("lib/*/site-packages")
    # Installed as an editable package would be: by a line that names the folder.
    (packages / "tiny.pth").write_text(f"{theirs}\n{plugin}\n")
    write_program(folder, "yaml")
    pulumi("stack", "init", "dev")
    pulumi("up", "--stack", "dev", "--yes", "--skip-preview")
    found = outputs(pulumi)
    assert found["text"] == "hello world"
    assert found["environment"].split()[0] == str(venv)


@pytest.mark.parametrize(
    ("runtime", "said"),
    [
        ("{name: python, options: {virtualenv: elsewhere}}", "elsewhere/bin/python; run `pulumi"),
        ("{name: python, options: {toolchain: poetry}}", "toolchain 'poetry'"),
        ("python", "neither __main__.py nor a buildable pyproject.toml"),
    ],
)
def test_a_folder_that_cannot_be_run_is_told_why(
    folder: Path, pulumi: Pulumi, runtime: str, said: str
) -> None:
    (folder / "plugin/PulumiPlugin.yaml").write_text(f"runtime: {runtime}\n")
    if runtime == "python":
        (folder / "plugin/__main__.py").unlink()
    write_program(folder, "yaml")
    pulumi("stack", "init", "dev")
    done = pulumi("preview", "--stack", "dev", code=1)
    assert said in done.stdout + done.stderr


def test_the_schema_of_a_folder(pulumi: Pulumi) -> None:
    schema = json.loads(pulumi("package", "get-schema", "./plugin").stdout)
    assert schema["resources"]["tiny:index:Greeting"]["requiredInputs"] == ["name"]


def test_requirements_that_the_interpreter_lacks_are_installed_beside_the_plugin(
    folder: Path, pulumi: Pulumi
) -> None:
    plugin = folder / "plugin"
    (plugin / "requirements.txt").write_text("pulumi\nPyYAML\n")
    done = pulumi("package", "get-schema", "./plugin")
    assert "has all of it" in done.stderr
    assert not (plugin / "venv").exists()
    (plugin / "requirements.txt").write_text("./no-such-folder\n")
    done = pulumi("package", "get-schema", "./plugin", code=1)
    assert "no-such-folder" in done.stderr
    assert (plugin / "venv/bin/python").exists(), "a virtualenv of the plugin's own"


def test_package_add_in_a_yaml_project_is_what_the_yaml_host_cannot_finish(
    folder: Path, pulumi: Pulumi
) -> None:
    """docs/engine.md says so: the newest host that mirrors serve is older than the engine."""
    (folder / "Pulumi.yaml").write_text("name: small\nruntime: yaml\n")
    done = pulumi("package", "add", "./plugin", code=1)
    assert "method Link not implemented" in done.stderr


def test_package_add_for_python_generates_an_sdk_that_works(
    folder: Path, pulumi: Pulumi, tmp_path: Path
) -> None:
    text = "name: small\nruntime: {name: python, options: {virtualenv: venv}}\n"
    (folder / "Pulumi.yaml").write_text(text)
    venv = folder / "venv"
    subprocess.run([str(ROOT / ".venv/bin/python"), "-m", "venv", venv], check=True)
    (packages,) = venv.glob("lib/*/site-packages")
    (theirs,) = (ROOT / ".venv").glob("lib/*/site-packages")
    (packages / "theirs.pth").write_text(f"{theirs}\n")
    (folder / "requirements.txt").write_text("pulumi\n")
    done = pulumi("package", "add", "./plugin")
    assert "import pulumi_tiny" in done.stdout + done.stderr
    assert "sdks/tiny" in (folder / "requirements.txt").read_text()
    (folder / "__main__.py").write_text(
        "import pulumi, pulumi_tiny\n"
        "pulumi.export('text', pulumi_tiny.Greeting('one', name='world').text)\n"
    )
    pulumi("stack", "init", "dev")
    pulumi("up", "--stack", "dev", "--yes", "--skip-preview")
    assert outputs(pulumi)["text"] == "hello world"


def test_the_plugin_ends_with_a_killed_engine(
    folder: Path, pulumi: Pulumi, environment: dict[str, str]
) -> None:
    note = folder / "pid"
    (folder / "plugin/__main__.py").write_text(
        f"{PLUGIN.replace('super().__init__', 'hang(); super().__init__')}\n"
        f"def hang():\n    open({str(note)!r}, 'w').write(str(os.getpid()))\n"
        "    import time; time.sleep(60)\n" + SERVE
    )
    write_program(folder, "yaml")
    pulumi("stack", "init", "dev")
    with subprocess.Popen(
        [ROOT / ".venv/bin/pulumi", "preview", "--stack", "dev", "--non-interactive"],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as engine:
        await_(lambda: note.exists() and note.read_text(), "the plugin's own note")
        engine.kill()
    process = note.read_text()
    await_(lambda: ended(process), "the plugin's end")


def ended(process: str) -> bool:
    """Whether a process is gone, or waits only to be counted."""
    try:
        return Path("/proc", process, "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def await_(condition: Callable[[], object], what: str, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"{what} did not come within {seconds} s"
        time.sleep(0.1)


def test_a_typescript_sdk_is_generated_from_a_schema(
    folder: Path, pulumi: Pulumi, tmp_path: Path
) -> None:
    schema = tmp_path / "schema.json"
    schema.write_text(pulumi("package", "get-schema", "./plugin").stdout)
    out = tmp_path / "sdk"
    command = [str(ROOT / ".venv/bin/python"), "-m", "tools.engine.gen_sdk", "nodejs"]
    done = subprocess.run([*command, schema, out], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (
        "export class Greeting extends pulumi.ComponentResource"
        in (out / "greeting.ts").read_text()
    )
    again = subprocess.run([*command, schema, out], cwd=ROOT, capture_output=True, text=True)
    assert again.returncode == 1
    assert "is not empty" in again.stderr
    shutil.rmtree(out)
    schema.write_text('{"name": "tiny", "resources": {"tiny:index:A": {"properties": {"b": {}}}}}')
    wrong = subprocess.run([*command, schema, out], cwd=ROOT, capture_output=True, text=True)
    assert wrong.returncode == 1
    assert "tiny:index:A" in wrong.stderr
