"""Programs of other people's kind: in YAML, with the plugin as a folder and as what the installed
package brings; and the package itself, as pip installs it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from cube_access import __version__
from sandbox import Sandbox
from tests.helpers import nothing_unknown
from tools.stacks import ROOT, Stack

EXAMPLES = ROOT / "examples/yaml"
PYTHON = """
import pulumi
from cube_access import {component}, {component}Args

cube = {component}("cube", {component}Args({args}))
pulumi.export("serviceAccount", cube.service_account)
pulumi.export("secretArn", cube.secret_arn)
"""


def engine_path() -> list[str]:
    """The folders of the engine and its hosts, without this checkout's virtualenv."""
    script = ROOT / ".venv/bin/pulumi"
    found = re.search(r'^export PATH="([^"]+)"', script.read_bytes().decode("latin-1"), re.M)
    folders = found[1].split(os.pathsep) if found else [str(script.resolve().parent)]
    return [each for each in folders if each != "$PATH" and ".venv" not in each]


@dataclass
class Program:
    """A stack of a program that is not this project's."""

    folder: Path
    environment: dict[str, str]

    def run(self, *command: str, code: int = 0) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def pulumi(self, *arguments: str, code: int = 0) -> str:
        command = ["pulumi", *arguments, "--non-interactive", "--color", "never"]
        if arguments[:2] != ("stack", "init"):
            command += ["--stack", "dev"]
        return self.run(*command, code=code)

    def planned(self) -> dict[str, Any]:
        """The inputs that a preview would send, by URN; what is secret shows as such."""
        text = self.pulumi("preview", "--json", "--show-sames")
        steps = json.loads(text[text.index("{\n") :])["steps"]
        states = [step["newState"] for step in steps]
        return {
            each["urn"]: (each["type"], each.get("parent"), each.get("inputs", {}))
            for each in states
        }


def environment(clouds: Sandbox, folder: Path, **more: str) -> dict[str, str]:
    """The sandbox's, with a state of its own and no PYTHONPATH."""
    (folder / "state").mkdir()
    state = {"PULUMI_BACKEND_URL": (folder / "state").as_uri()}
    kept = {name: value for name, value in clouds.env.items() if name != "PYTHONPATH"}
    return {**kept, **state, **more}


def example(warehouse: str) -> dict[str, Any]:
    """An example, such that its stack can be destroyed at once."""
    found: dict[str, Any] = yaml.safe_load((EXAMPLES / warehouse / "Pulumi.yaml").read_text())
    found["resources"]["cube"]["properties"] |= {"protect": False, "secretRecoveryDays": 0}
    return found


@pytest.fixture(scope="module")
def clouds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    with Sandbox(tmp_path_factory.mktemp("clouds") / "sandbox") as running:
        yield running
        nothing_unknown(running)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", folder, ROOT / "components"], check=True)
    (found,) = folder.glob("*.whl")
    return found


def install(folder: Path, what: str) -> Path:
    """An empty virtualenv with this in it, and what it needs: its folder of programs."""
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    locked = ["--constraints", str(ROOT / "requirements-dev.lock")]
    python = str(folder / "bin/python")
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *locked, what], check=True)
    return folder / "bin"


def distributions(programs: Path) -> set[str]:
    code = "from importlib import metadata as m; print(*(d.name for d in m.distributions()))"
    text = subprocess.check_output([programs / "python", "-c", code], text=True)
    return set(text.lower().replace("_", "-").split())


class TestWheel:
    def test_it_brings_one_importable_name(self, wheel: Path) -> None:
        names = zipfile.ZipFile(wheel).namelist()
        assert {name.partition("/")[0] for name in names} == {
            "cube_access",
            f"cube_access-{__version__}.dist-info",
        }
        for needed in ("plugin/schema.json", "cube/recipes/shared.py", "report/page.css"):
            assert f"cube_access/{needed}" in names

    def test_a_databricks_deployment_has_nothing_of_snowflake(
        self, wheel: Path, tmp_path: Path
    ) -> None:
        programs = install(tmp_path / "env", f"cube-access[databricks] @ {wheel.as_uri()}")
        installed = distributions(programs)
        assert "pulumi-databricks" in installed, installed
        assert not [each for each in installed if "snowflake" in each]
        code = "import sys, cube_access; cube_access.DatabricksAccess; print(*sys.modules)"
        loaded = subprocess.check_output([programs / "python", "-c", code], text=True).split()
        assert not [each for each in loaded if "pulumi_snowflake" in each]
        said = subprocess.check_output([programs / "cube-access", "--version"], text=True)
        assert said == f"cube-access {__version__}\n"


class TestInstalled:
    def test_twenty_lines_of_yaml_make_an_environment_and_verify_proves_it(
        self, clouds: Sandbox, tmp_path: Path
    ) -> None:
        """In an empty folder, with nothing but `pulumi` and the package installed from here."""
        programs = install(
            tmp_path / "env", f"cube-access[snowflake] @ {(ROOT / 'components').as_uri()}"
        )
        text = example("snowflake")
        del text["packages"]  # the installed package's plugin is on PATH
        folder = tmp_path / "program"
        folder.mkdir()
        written = yaml.safe_dump(text, sort_keys=False)
        assert len((EXAMPLES / "snowflake/Pulumi.yaml").read_text().splitlines()) <= 20
        (folder / "Pulumi.yaml").write_text(written)
        path = os.pathsep.join([str(programs), *engine_path(), "/usr/bin", "/bin"])
        program = Program(folder, environment(clouds, tmp_path, PATH=path))
        program.pulumi("stack", "init", "dev")
        program.pulumi("up", "--yes", "--skip-preview")
        assert '"same": 1' not in program.pulumi("preview", "--expect-no-changes")
        ours = str(programs / "cube-access")
        said = program.run(ours, "verify", "--stack", "dev", "--deployer", "--json", "-")
        assert json.loads(said)["warehouse"] == "snowflake"
        program.pulumi("destroy", "--yes", "--skip-preview")


class TestFolder:
    @pytest.fixture(params=["databricks", "snowflake"])
    def warehouse(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def program(self, clouds: Sandbox, tmp_path: Path, warehouse: str) -> Program:
        folder = tmp_path / "examples/yaml" / warehouse
        folder.mkdir(parents=True)
        (tmp_path / "components").symlink_to(ROOT / "components")
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump(example(warehouse), sort_keys=False))
        path = os.pathsep.join([*engine_path(), clouds.env["PATH"]])
        # Where the engine's stand-in for the Python host finds its Python.
        here = environment(clouds, tmp_path, PATH=path, CUBE_ACCESS_ROOT=str(ROOT))
        program = Program(folder, here)
        program.pulumi("stack", "init", "dev")
        return program

    def test_an_example_is_made_and_unmade(self, program: Program) -> None:
        program.pulumi("up", "--yes", "--skip-preview")
        program.pulumi("preview", "--expect-no-changes")
        program.pulumi("destroy", "--yes", "--skip-preview")

    def test_offline_a_preview_asks_no_cloud(self, clouds: Sandbox, program: Program) -> None:
        before = len(clouds.journal)
        program.environment["CUBE_ACCESS_OFFLINE"] = "1"
        # Without it the engine shows nothing of what an unconfigured provider would make.
        program.environment["PULUMI_LEGACY_PROVIDER_PREVIEW"] = "true"
        assert len(program.planned()) > 15
        assert len(clouds.journal) == before

    def test_yaml_and_python_plan_the_same(
        self, clouds: Sandbox, program: Program, warehouse: str, tmp_path: Path
    ) -> None:
        """Through the plugin and in the program's own process: the same resources, inputs, secrets
        and parents.
        """
        text = example(warehouse)
        component = text["resources"]["cube"]["type"].partition(":")[2]
        properties = text["resources"]["cube"]["properties"]
        args = ", ".join(f"{snake(key)}={value!r}" for key, value in properties.items())
        folder = tmp_path / "python"
        source = tmp_path / "source"
        source.mkdir()
        (source / "__main__.py").write_text(PYTHON.format(component=component, args=args))
        runtime = {"name": "python", "options": {"virtualenv": ".venv", "toolchain": "pip"}}
        (source / "Pulumi.yaml").write_text(yaml.safe_dump({**project(text), "runtime": runtime}))
        files = {each.name: each for each in source.iterdir()}
        state = program.environment["PULUMI_BACKEND_URL"] + "/python"
        Path(state.removeprefix("file://")).mkdir()
        stack = Stack(clouds, folder, "dev", {}, project=files, PULUMI_BACKEND_URL=state)
        python = Program(folder, stack.environment).planned()
        ours = {urn: each for urn, each in program.planned().items() if "$" in urn}
        assert {urn: each for urn, each in python.items() if "$" in urn} == ours
        assert len(ours) > 15


def project(text: dict[str, Any]) -> dict[str, Any]:
    return {key: text[key] for key in ("name", "description")}


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def test_the_schema_that_the_plugin_serves_is_the_one_that_is_checked_in(tmp_path: Path) -> None:
    plugin = tmp_path / "components"
    shutil.copytree(ROOT / "components", plugin, ignore=shutil.ignore_patterns("venv"))
    # What this Python has already: else the engine installs the folder's own virtualenv.
    (plugin / "requirements.txt").write_text("pulumi\n")
    served = subprocess.run(
        [ROOT / ".venv/bin/pulumi", "package", "get-schema", plugin],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    kept = json.loads((ROOT / "components/cube_access/plugin/schema.json").read_text())
    got = json.loads(served.stdout)
    assert got["resources"].keys() == kept["resources"].keys()
    assert got["version"] == __version__
