"""`cube-access` on a program that is not this project's: it reads what the engine kept of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cube_access.declared import declaration
from tests.components.test_declared import external
from tools.stacks import ROOT

PLANTED = "planted-" + "password"
# Our components as any program has them, by their names and outputs; and what is not ours.
PROGRAM = f"""
import pulumi

class Access(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("cube-access:index:ExternalAccess", name)
        self.register_outputs({{
            "cubeEnv": pulumi.Output.secret({{"CUBE_SERVICE_PASSWORD": "{PLANTED}-" + name}}),
            "cubePy": "# " + name + "\\n",
            "serviceAccount": {{"name": "cube", "id": "cube", "privileges": []}},
            "secretArn": "",
            "declaration": {declaration(external())!r},
        }})

class Other(pulumi.ComponentResource):
    def __init__(self):
        super().__init__("shop:index:Other", "other")

Access("eu")
Access("us")
Other()
pulumi.export("shop", "ours")
"""


def pulumi(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["pulumi", *arguments, "--non-interactive"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "state").mkdir()
    (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (folder / "__main__.py").write_text(PROGRAM)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PULUMI_BACKEND_URL", f"file://{folder / 'state'}")
        patch.setenv("PULUMI_CONFIG_PASSPHRASE", "of the test")
        patch.setenv("PULUMI_HOME", str(folder / "home"))
        patch.setenv("PATH", f"{ROOT / '.venv/bin'}{os.pathsep}{os.environ['PATH']}")
        for command in (("stack", "init", "prod"), ("up", "--yes", "--skip-preview")):
            done = subprocess.run(
                ["pulumi", *command, "--non-interactive"],
                cwd=folder,
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stdout + done.stderr
        yield folder


def cube_access(*arguments: str, where: Path) -> subprocess.CompletedProcess[str]:
    script = Path(sys.executable).with_name("cube-access")
    return subprocess.run([script, *arguments], cwd=where, capture_output=True, text=True)


def test_it_is_found_from_elsewhere_by_cwd_and_stack(program: Path, tmp_path: Path) -> None:
    at = ("--cwd", str(program), "--stack", "prod", "--component", "us")
    done = cube_access("env", *at, where=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    file = tmp_path / ".env"
    assert file.read_text() == f"CUBE_SERVICE_PASSWORD={PLANTED}-us\n"
    assert file.stat().st_mode & 0o777 == 0o600
    assert PLANTED not in done.stdout
    done = cube_access("cube-py", *at, "--output", "-", where=tmp_path)
    assert (done.returncode, done.stdout) == (0, "# us\n")


def test_in_its_folder_the_selected_stack_is_meant(program: Path) -> None:
    done = cube_access("cube-py", "--component", "eu", "--output", "-", where=program)
    assert (done.returncode, done.stdout) == (0, "# eu\n")


@pytest.mark.parametrize("command", ["verify", "env", "cube-py"])
def test_of_several_components_one_has_to_be_chosen(program: Path, command: str) -> None:
    done = cube_access(command, where=program)
    assert (done.returncode, done.stdout) == (2, "")
    assert "stack prod has several components: choose one with --component: eu, us" in done.stderr
    assert PLANTED not in done.stderr


def test_what_is_not_ours_is_no_component(program: Path) -> None:
    done = cube_access("cube-py", "--component", "other", where=program)
    assert done.returncode == 2
    assert "no component 'other' of cube-access. It has: eu, us" in done.stderr


def test_a_component_without_a_stored_credential_cannot_be_verified(program: Path) -> None:
    done = cube_access("verify", "--component", "eu", where=program)
    assert (done.returncode, done.stdout) == (2, "")
    assert "stores no credential" in done.stderr


def test_without_a_selected_stack_it_asks_which(program: Path, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: empty\nruntime: python\n")
    done = cube_access("verify", where=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "which stack? Say --stack NAME" in done.stderr


def test_without_a_program_it_says_so(program: Path, tmp_path: Path) -> None:
    done = cube_access("verify", "--stack", "prod", where=tmp_path)
    assert done.returncode == 2
    assert str(tmp_path) in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("passphrase", ["of the test", None])
def test_an_audit_judges_what_is_applied_with_and_without_the_passphrase(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, passphrase: str | None
) -> None:
    if passphrase is None:
        monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE")
    done = cube_access("audit", "--pack", str(ROOT / "policies"), "--output", str(tmp_path),
                       where=program)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("prod.json", "prod.html", "prod.sarif"):
        assert PLANTED not in (tmp_path / name).read_text()
    found = json.loads((tmp_path / "prod.json").read_text())
    assert (found["project"], found["stack"]) == ("shop", "prod")
    assert found["secretsHidden"] is (passphrase is None)
    rules = {rule["rule"]: rule for rule in found["rules"]}
    assert rules["outputs-secret"]["judged"] == 1
    assert rules["secrets-marked"]["judged"] >= 3


def test_an_audit_reads_what_the_engine_exported(program: Path, tmp_path: Path) -> None:
    state = tmp_path / "exported.json"
    assert pulumi(program, "stack", "export", "--file", str(state)).returncode == 0
    text = state.read_text()
    assert '"shop": "ours"' in text
    # As a program leaves it that exports a token.
    state.write_text(text.replace('"shop": "ours"', f'"shop": "ours", "apiToken": "{PLANTED}"'))
    pack = ("--pack", str(ROOT / "policies"))
    done = cube_access("audit", "--state", "exported.json", *pack, where=tmp_path)
    assert done.returncode == 1, done.stderr
    assert "outputs-secret (mandatory): of 1 resource 1 violate" in done.stdout
    for file in (tmp_path / "audit").iterdir():
        assert PLANTED not in file.read_text()


def test_the_state_has_the_declaration_readable_and_no_secret(program: Path) -> None:
    done = subprocess.run(
        ["pulumi", "stack", "export", "--stack", "prod"],
        cwd=program,
        capture_output=True,
        text=True,
    )
    assert '"externalHost": "db.example.com"' in done.stdout
    assert '"externalPassword"' in done.stdout, "by its name"
    assert PLANTED not in done.stdout
